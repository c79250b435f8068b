//! Decodes arithmetic.

use super::decode::{Decoder, Modifiers};
use super::float::Float;
use super::integer::Integer;
use super::program::{Instruction, Op};
use super::source::{Operand, Written};
use super::types::{Class, Type, WORD};

const NOT_INTERPRETED: &str = "this operation is not interpreted";

/// Modifiers of arithmetic.
pub(super) struct Marks {
    rounded: bool,
    flush: bool,
    /// Which half of a product, or both.
    half: Option<&'static str>,
}

impl Marks {
    pub fn of(modifiers: &mut Modifiers) -> Self {
        Self {
            rounded: modifiers.take("rn"),
            flush: modifiers.take("ftz"),
            half: ["hi", "wide", "lo"].into_iter().find(|w| modifiers.take(w)),
        }
    }
}

impl Decoder<'_> {
    pub fn float(
        &mut self,
        name: &str,
        marks: &Marks,
        written: &Written,
        made: &mut Instruction,
    ) -> Result<(), String> {
        let (float, rounds) = match name {
            "add" => (Float::Add, true),
            "sub" => (Float::Subtract, true),
            "mul" => (Float::Multiply, true),
            "div" => (Float::Divide, true),
            "fma" | "mad" => (Float::MultiplyAdd, true),
            "sqrt" => (Float::Root, true),
            "rcp" => (Float::Reciprocal, true),
            "min" => (Float::Smaller, false),
            "max" => (Float::Larger, false),
            "abs" => (Float::Absolute, false),
            "neg" => (Float::Negative, false),
            _ => return Err(NOT_INTERPRETED.into()),
        };
        if rounds && !marks.rounded {
            return Err("without a rounding mode a compiler may fuse this".into());
        }
        if marks.half.is_some() || rounds != marks.rounded {
            return Err(NOT_INTERPRETED.into());
        }
        made.op = Op::Float(float, self.flush(marks.flush, written));
        let kind = Type {
            class: Class::Float,
            ..WORD
        };
        self.simple(
            made,
            Some(kind),
            &[kind; 3][..float.operands()],
            &written.operands,
        )
    }

    pub fn integer(
        &mut self,
        name: &str,
        marks: &Marks,
        kind: Type,
        made: &mut Instruction,
        operands: &[Operand],
    ) -> Result<(), String> {
        let twice = Type {
            bytes: 2 * kind.bytes,
            ..kind
        };
        let mut types = [kind; 4];
        let mut to = kind;
        let is_number = !kind.is_predicate();
        let integer = match (name, marks.half) {
            ("mul", Some("hi")) => Integer::MultiplyHigh,
            ("mul", Some("lo")) => Integer::Multiply,
            ("mad", Some("lo")) => Integer::MultiplyAdd,
            ("mul", Some("wide")) if kind.bytes < 8 => {
                to = twice;
                Integer::MultiplyWide
            }
            ("mad", Some("wide")) if kind.bytes < 8 => {
                (to, types[2]) = (twice, twice);
                Integer::MultiplyWideAdd
            }
            (_, Some(_)) => return Err(NOT_INTERPRETED.into()),
            ("and", _) => Integer::And,
            ("or", _) => Integer::Or,
            ("xor", _) => Integer::Xor,
            ("not", _) if kind.is_predicate() => {
                made.op = Op::Not;
                return self.simple(made, Some(kind), &[kind], operands);
            }
            ("not", _) => Integer::Not,
            ("add", _) if is_number => Integer::Add,
            ("sub", _) if is_number => Integer::Subtract,
            ("div", _) if is_number => Integer::Divide,
            ("rem", _) if is_number => Integer::Remainder,
            ("min", _) if is_number => Integer::Smaller,
            ("max", _) if is_number => Integer::Larger,
            ("abs", _) if kind.is_signed() => Integer::Absolute,
            ("neg", _) if kind.is_signed() => Integer::Negative,
            ("shl" | "shr", _) if is_number => {
                types[1] = WORD;
                if name == "shl" {
                    Integer::ShiftLeft
                } else {
                    Integer::ShiftRight
                }
            }
            ("bfi", _) if is_number => {
                (types[2], types[3]) = (WORD, WORD);
                Integer::Insert
            }
            ("bfe", _) if kind.class == Class::Unsigned => {
                (types[1], types[2]) = (WORD, WORD);
                Integer::Extract
            }
            ("prmt", _) if kind.bytes == 4 => Integer::Permute,
            _ => return Err(NOT_INTERPRETED.into()),
        };
        if marks.rounded || marks.flush {
            return Err(NOT_INTERPRETED.into());
        }
        made.op = Op::Integer(integer, kind);
        self.simple(made, Some(to), &types[..integer.operands()], operands)
    }
}
