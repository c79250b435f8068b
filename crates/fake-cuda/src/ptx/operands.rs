//! Names and numbers as places of registers and constants.

use std::collections::HashMap;

use super::Refusal;
use super::program::{PARAMETERS, SPECIAL, Slot};
use super::source::Source;
use super::types::{ADDRESS, Type, WORD};

/// The registers of a kernel, its parameters and the constants that it uses.
#[derive(Debug)]
pub(super) struct Names<'a> {
    slots: HashMap<String, Slot>,
    pub registers: Vec<String>,
    pub types: Vec<Type>,
    pub constants: Vec<u64>,
    known: HashMap<u64, Slot>,
    /// Address, alignment and bytes of each parameter.
    pub parameters: Vec<(&'a str, u64, u32)>,
}

impl<'a> Names<'a> {
    pub fn new(source: &Source<'a>) -> Result<Self, Refusal> {
        let mut registers: Vec<String> = SPECIAL.map(String::from).into();
        let mut types = vec![WORD; SPECIAL.len()];
        for (prefix, kind, count) in &source.registers {
            registers.extend((0..*count).map(|n| format!("{prefix}{n}")));
            types.resize(registers.len(), *kind);
        }
        // Half of the places are for constants.
        if registers.len() >= usize::from(Slot::MAX / 2) {
            return Err(Refusal::new(0, "too many registers"));
        }
        let mut at = PARAMETERS;
        let mut parameters = Vec::new();
        for (name, align, bytes) in &source.parameters {
            at = at.next_multiple_of(u64::from((*align).max(1)));
            parameters.push((*name, at, *bytes));
            at += u64::from(*bytes);
        }
        let slots = registers.iter().cloned().zip(0..).collect();
        Ok(Self {
            slots,
            registers,
            types,
            constants: Vec::new(),
            known: HashMap::new(),
            parameters,
        })
    }

    /// A register.
    pub fn register(&self, name: &str) -> Result<Slot, String> {
        let slot = self.slots.get(name).copied();
        slot.ok_or_else(|| format!("{name} is not a register"))
    }

    /// A register for values of this type.
    pub fn typed(&self, name: &str, kind: Type) -> Result<Slot, String> {
        let slot = self.register(name)?;
        let own = self.types[usize::from(slot)];
        // PTX tells floats from integers, too, but bits are all the same.
        if own.bytes == kind.bytes && own.is_predicate() == kind.is_predicate() {
            Ok(slot)
        } else {
            Err(format!("{name} has another type"))
        }
    }

    /// What an instruction reads: a register, a number or the address of a parameter.
    pub fn read(&mut self, word: &str, kind: Type) -> Result<Slot, String> {
        if word.starts_with('%') {
            return self.typed(word, kind);
        }
        let parameter = self.parameters.iter().find(|p| p.0 == word).map(|p| p.1);
        let value = match parameter {
            Some(at) if kind.bytes == ADDRESS.bytes => at,
            Some(_) => return Err(format!("{word} is an address")),
            None => number(word, kind).ok_or_else(|| format!("{word} is not known"))?,
        };
        self.constant(value)
    }

    fn constant(&mut self, value: u64) -> Result<Slot, String> {
        if let Some(slot) = self.known.get(&value) {
            return Ok(*slot);
        }
        let slot = self.registers.len() + self.constants.len();
        let slot = Slot::try_from(slot).ok().filter(|s| *s < Slot::MAX - 1);
        let slot = slot.ok_or("too many constants")?;
        self.constants.push(value);
        self.known.insert(value, slot);
        Ok(slot)
    }
}

/// A number as the bits of a type.
fn number(word: &str, kind: Type) -> Option<u64> {
    if let Some(bits) = word.strip_prefix("0f") {
        let bits = (bits.len() == 8).then(|| u32::from_str_radix(bits, 16).ok())??;
        return kind.is_float().then_some(u64::from(bits));
    }
    if kind.is_float() {
        return None;
    }
    let value = match word.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok()? as i64,
        None => word.parse::<i64>().ok()?,
    };
    Some(if kind.is_predicate() {
        u64::from(value != 0)
    } else {
        kind.low(value as u64)
    })
}
