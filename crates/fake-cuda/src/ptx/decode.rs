//! From statements to compact instructions.

use std::collections::HashMap;

use super::Refusal;
use super::arithmetic::Marks;
use super::float::Comparison;
use super::operands::Names;
use super::program::{Instruction, NONE, Op, Program, Rounding, Slot, Space};
use super::source::{Operand, Source, Statement, Written};
use super::types::{ADDRESS, PREDICATE, Type};

pub(super) fn program(name: &str, source: &Source) -> Result<Program, Refusal> {
    let mut decoder = Decoder {
        names: Names::new(source)?,
        labels: HashMap::new(),
        remarks: Vec::new(),
    };
    let mut place = 0;
    for statement in &source.statements {
        match statement {
            Statement::Label(label) => drop(decoder.labels.insert(*label, place)),
            Statement::Instruction(_) => place += 1,
        }
    }
    let (mut code, mut lines) = (Vec::new(), Vec::new());
    for statement in &source.statements {
        if let Statement::Instruction(written) = statement {
            let made = decoder.instruction(written);
            let refused = |why| Refusal::new(written.line, format!("{}: {why}", written.text));
            code.push(made.map_err(refused)?);
            lines.push((written.line, written.text.clone()));
        }
    }
    let Decoder { names, remarks, .. } = decoder;
    Ok(Program {
        name: name.to_owned(),
        code,
        lines,
        parameters: (names.parameters.iter())
            .map(|(_, at, bytes)| ((at - super::program::PARAMETERS) as u32, *bytes))
            .collect(),
        registers: names.registers,
        types: names.types,
        constants: names.constants,
        threads: source.threads,
        remarks,
    })
}

pub(super) struct Decoder<'a> {
    names: Names<'a>,
    labels: HashMap<&'a str, i32>,
    remarks: Vec<String>,
}

/// What comes behind an operation's name, one word after another.
pub(super) struct Modifiers<'a>(std::iter::Peekable<std::str::Split<'a, char>>);

impl Modifiers<'_> {
    pub fn take(&mut self, word: &str) -> bool {
        self.0.next_if(|w| *w == word).is_some()
    }

    fn kind(&mut self) -> Result<Type, String> {
        let word = self.0.next().unwrap_or_default();
        Type::parse(word).ok_or_else(|| format!("{word:?} is not a type that is interpreted"))
    }
}

impl Decoder<'_> {
    fn instruction(&mut self, written: &Written) -> Result<Instruction, String> {
        let mut words = written.opcode.split('.');
        let name = words.next().unwrap_or_default();
        let mut modifiers = Modifiers(words.peekable());
        let mut made = Instruction {
            op: Op::Copy,
            guard: NONE,
            unless: false,
            to: [NONE; 4],
            from: [NONE; 5],
            offset: 0,
        };
        if let Some((predicate, negated)) = written.guard {
            made.guard = self.names.typed(predicate, PREDICATE)?;
            made.unless = negated;
        }
        self.decode(name, &mut modifiers, written, &mut made)?;
        match modifiers.0.next() {
            None => Ok(made),
            Some(more) => Err(format!(".{more} is not interpreted")),
        }
    }

    fn decode(
        &mut self,
        name: &str,
        modifiers: &mut Modifiers,
        written: &Written,
        made: &mut Instruction,
    ) -> Result<(), String> {
        let operands = &written.operands[..];
        match name {
            "ret" | "exit" => {
                made.op = Op::Return;
                return self.simple(made, None, &[], operands);
            }
            "bra" => {
                modifiers.take("uni");
                let [Operand::Word(label)] = operands else {
                    return Err("a branch has one target".into());
                };
                made.op = Op::Branch;
                let target = self.labels.get(label);
                made.offset = *target.ok_or_else(|| format!("{label} is not a label"))?;
                return Ok(());
            }
            "ld" | "st" | "atom" => return self.memory(name, modifiers, made, operands),
            "cvt" => return self.conversion(modifiers, made, operands),
            "cvta" => {
                // Addresses of device memory are the same in both spaces.
                modifiers.take("to");
                if !modifiers.take("global") {
                    return Err("only addresses of device memory are converted".into());
                }
                let kind = modifiers.kind()?;
                return self.simple(made, Some(kind), &[kind], operands);
            }
            "setp" => {
                let word = modifiers.0.next().unwrap_or_default();
                let flush = modifiers.take("ftz");
                let kind = modifiers.kind()?;
                let how = Comparison::parse(word, kind.is_float());
                let how = how.ok_or_else(|| format!(".{word} is not interpreted"))?;
                made.op = if kind.is_float() {
                    Op::CompareFloats(how, self.flush(flush, written))
                } else {
                    Op::CompareIntegers(how, kind)
                };
                return self.simple(made, Some(PREDICATE), &[kind; 2], operands);
            }
            "mov" => {
                let kind = modifiers.kind()?;
                return self.parts(kind, made, operands);
            }
            "selp" => {
                let kind = modifiers.kind()?;
                made.op = Op::Select;
                return self.simple(made, Some(kind), &[kind, kind, PREDICATE], operands);
            }
            _ => {}
        }
        let marks = Marks::of(modifiers);
        let kind = modifiers.kind()?;
        if kind.is_float() {
            self.float(name, &marks, written, made)
        } else {
            self.integer(name, &marks, kind, made, operands)
        }
    }

    /// A copy; or one number from several, or several from one.
    fn parts(
        &mut self,
        kind: Type,
        made: &mut Instruction,
        operands: &[Operand],
    ) -> Result<(), String> {
        let part = |count: usize| Type {
            bytes: kind.bytes / count as u32,
            ..kind
        };
        match operands {
            [Operand::Vector(words), Operand::Word(from)] if [2, 4].contains(&words.len()) => {
                made.op = Op::Split(part(words.len()), words.len() as u8);
                made.from[0] = self.names.typed(from, kind)?;
                for (slot, word) in made.to.iter_mut().zip(words) {
                    *slot = self.names.typed(word, part(words.len()))?;
                }
                Ok(())
            }
            [Operand::Word(to), Operand::Vector(words)] if [2, 4].contains(&words.len()) => {
                made.op = Op::Join(part(words.len()), words.len() as u8);
                made.to[0] = self.names.typed(to, kind)?;
                for (slot, word) in made.from.iter_mut().zip(words) {
                    *slot = self.names.read(word, part(words.len()))?;
                }
                Ok(())
            }
            _ => self.simple(made, Some(kind), &[kind], operands),
        }
    }

    fn conversion(
        &mut self,
        modifiers: &mut Modifiers,
        made: &mut Instruction,
        operands: &[Operand],
    ) -> Result<(), String> {
        let words = ["rn", "rzi", "rni", "rmi", "rpi"];
        let how = words.into_iter().find(|w| modifiers.take(w));
        let (to, from) = (modifiers.kind()?, modifiers.kind()?);
        let whole = match how {
            Some("rzi") => Some(Rounding::Zero),
            Some("rni") => Some(Rounding::Nearest),
            Some("rmi") => Some(Rounding::Down),
            Some("rpi") => Some(Rounding::Up),
            _ => None,
        };
        made.op = match (to.is_float(), from.is_float(), whole) {
            (false, false, None) if how.is_none() => Op::Resize(from, to),
            (true, false, None) if how.is_some() => Op::IntegerToFloat(from),
            (false, true, Some(how)) => Op::FloatToInteger(how, to),
            (true, true, Some(how)) => Op::RoundFloat(how),
            _ => return Err("this conversion is not interpreted".into()),
        };
        let [Operand::Word(target), Operand::Word(source)] = operands else {
            return Err("a conversion has two operands".into());
        };
        // Registers may be wider than the types.
        made.to[0] = self.at_least(target, to)?;
        made.from[0] = self.at_least(source, from)?;
        Ok(())
    }

    fn memory(
        &mut self,
        name: &str,
        modifiers: &mut Modifiers,
        made: &mut Instruction,
        operands: &[Operand],
    ) -> Result<(), String> {
        let space = if name == "ld" && modifiers.take("param") {
            Space::Parameters
        } else {
            if modifiers.take("global") {
                modifiers.take("nc");
            }
            Space::Memory
        };
        if name == "atom" && !modifiers.take("or") {
            return Err("of atomic operations only an or is interpreted".into());
        }
        let count = if modifiers.take("v2") {
            2
        } else if modifiers.take("v4") {
            4
        } else {
            1
        };
        let kind = modifiers.kind()?;
        let (address, target, value) = match (name, operands) {
            ("ld", [to, Operand::Address(base, offset)]) => ((base, offset), Some(to), None),
            ("st", [Operand::Address(base, offset), from]) => ((base, offset), None, Some(from)),
            ("atom", [to, Operand::Address(base, offset), from]) if count == 1 => {
                ((base, offset), Some(to), Some(from))
            }
            _ => return Err("these operands are not interpreted".into()),
        };
        made.from[0] = self.names.read(address.0, ADDRESS)?;
        made.offset = *address.1;
        if let Some(target) = target {
            let slots = self.values(target, kind, count)?;
            made.to[..slots.len()].copy_from_slice(&slots);
        }
        if let Some(value) = value {
            let slots = self.values(value, kind, count)?;
            made.from[1..=slots.len()].copy_from_slice(&slots);
        }
        made.op = match name {
            "ld" => Op::Load(space, kind, count),
            "st" => Op::Store(kind, count),
            _ if kind.bytes >= 4 => Op::Or(kind),
            _ => return Err("this operation is not interpreted".into()),
        };
        Ok(())
    }

    /// The places of one value or of a vector.
    fn values(&mut self, operand: &Operand, kind: Type, count: u8) -> Result<Vec<Slot>, String> {
        let words = match operand {
            Operand::Word(word) => std::slice::from_ref(word),
            Operand::Vector(words) => words,
            Operand::Address(..) => return Err("an address is no value".into()),
        };
        if words.len() != usize::from(count) {
            return Err(format!("{count} values are expected"));
        }
        words.iter().map(|w| self.at_least(w, kind)).collect()
    }

    /// What is read or written through a type that may be narrower than the register.
    fn at_least(&mut self, word: &str, kind: Type) -> Result<Slot, String> {
        if !word.starts_with('%') {
            return self.names.read(word, kind);
        }
        let slot = self.names.register(word)?;
        let own = self.names.types[usize::from(slot)];
        if own.is_predicate() || own.bytes < kind.bytes {
            return Err(format!("{word} has another type"));
        }
        Ok(slot)
    }

    /// Words of these types, of which the first may be written.
    pub fn simple(
        &mut self,
        made: &mut Instruction,
        to: Option<Type>,
        from: &[Type],
        operands: &[Operand],
    ) -> Result<(), String> {
        let mut words = Vec::new();
        for operand in operands {
            let Operand::Word(word) = operand else {
                return Err("these operands are not interpreted".into());
            };
            words.push(*word);
        }
        if words.len() != usize::from(to.is_some()) + from.len() {
            return Err("another number of operands is expected".into());
        }
        let mut words = words.into_iter();
        if let (Some(kind), Some(word)) = (to, to.and_then(|_| words.next())) {
            made.to[0] = self.names.typed(word, kind)?;
        }
        for ((slot, kind), word) in made.from.iter_mut().zip(from).zip(words) {
            *slot = self.names.read(word, *kind)?;
        }
        Ok(())
    }

    /// Notes that an instruction takes subnormal numbers as 0.
    pub fn flush(&mut self, flush: bool, written: &Written) -> bool {
        if flush {
            let Written { line, text, .. } = written;
            self.remarks
                .push(format!("line {line}: {text}: takes subnormal numbers as 0"));
        }
        flush
    }
}
