//! One thread of a launch.

use super::access::{Memory, Wrong};
use super::float::{NOT_A_NUMBER, flushed};
use super::integer::Undefined;
use super::program::{Instruction, NONE, Op, PARAMETERS, Program, Rounding, SPECIAL, Slot, Space};
use super::types::Type;

/// Instructions of one thread after which a launch counts as endless.
const MOST_STEPS: u64 = 1 << 28;

/// What is known of a register.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Unwritten,
    Good,
    Undefined(Undefined),
}

/// What ends a launch.
#[derive(Debug)]
pub(super) enum Problem {
    Access(Wrong, u64),
    Unwritten(Slot),
    Undefined(Slot, Undefined),
    Endless,
    NoReturn,
}

/// The registers of a thread, used by one after another.
pub(super) struct Thread<'a> {
    program: &'a Program,
    memory: &'a Memory,
    parameters: &'a [u8],
    values: Vec<u64>,
    states: Vec<State>,
    /// Where memory was found last.
    region: usize,
}

impl<'a> Thread<'a> {
    pub fn new(program: &'a Program, memory: &'a Memory, parameters: &'a [u8]) -> Self {
        let registers = program.registers.len();
        let mut values = vec![0; registers];
        values.extend(&program.constants);
        let mut states = vec![State::Unwritten; registers];
        states.resize(values.len(), State::Good);
        Self {
            program,
            memory,
            parameters,
            values,
            states,
            region: 0,
        }
    }

    /// Runs a thread of a group, `special` being the registers that the device sets. On a fault: the place of the
    /// instruction.
    pub fn run(&mut self, special: [u32; SPECIAL.len()]) -> Result<(), (usize, Problem)> {
        self.states[..self.program.registers.len()].fill(State::Unwritten);
        for (slot, value) in special.into_iter().enumerate() {
            self.values[slot] = u64::from(value);
            self.states[slot] = State::Good;
        }
        let mut at = 0;
        for _ in 0..MOST_STEPS {
            let Some(instruction) = self.program.code.get(at) else {
                return Err((at - 1, Problem::NoReturn));
            };
            match self.step(instruction) {
                Ok(Next::Following) => at += 1,
                Ok(Next::At(place)) => at = place,
                Ok(Next::End) => return Ok(()),
                Err(problem) => return Err((at, problem)),
            }
        }
        Err((at, Problem::Endless))
    }

    fn step(&mut self, i: &Instruction) -> Result<Next, Problem> {
        if i.guard != NONE && (self.read(i.guard)? != 0) == i.unless {
            return Ok(Next::Following);
        }
        let [a, b, ..] = i.from;
        match i.op {
            Op::Copy => {
                let value = self.read(a)?;
                self.write(i, value);
            }
            Op::Split(part, count) => {
                let value = self.read(a)?;
                for (slot, n) in i.to.into_iter().zip(0..count) {
                    self.write_low(slot, value >> (u32::from(n) * part.bits()));
                }
            }
            Op::Join(part, count) => {
                let mut value = 0;
                for (slot, n) in i.from.into_iter().zip(0..count) {
                    value |= self.read(slot)? << (u32::from(n) * part.bits());
                }
                self.write(i, value);
            }
            Op::Select => {
                let chosen = if self.read(i.from[2])? != 0 { a } else { b };
                let value = self.read(chosen)?;
                self.write(i, value);
            }
            Op::Not => {
                let value = self.read(a)? ^ 1;
                self.write(i, value);
            }
            Op::Integer(integer, kind) => {
                let mut numbers = [0; 4];
                for (number, slot) in numbers.iter_mut().zip(i.from).take(integer.operands()) {
                    *number = self.read(slot)?;
                }
                let (value, undefined) = integer.of(kind, numbers);
                self.write_or(i, value, undefined);
            }
            Op::Float(float, flush) => {
                let mut numbers = [0.0; 3];
                for (number, slot) in numbers.iter_mut().zip(i.from).take(float.operands()) {
                    *number = self.float(slot)?;
                }
                self.write(i, bits(float.of(numbers, flush)));
            }
            Op::CompareIntegers(how, kind) => {
                let (a, b) = (kind.wide(self.read(a)?), kind.wide(self.read(b)?));
                let holds = if kind.is_signed() {
                    how.holds(a as i64, b as i64)
                } else {
                    how.holds(a, b)
                };
                self.write(i, u64::from(holds));
            }
            Op::CompareFloats(how, flush) => {
                let (mut a, mut b) = (self.float(a)?, self.float(b)?);
                if flush {
                    (a, b) = (flushed(a), flushed(b));
                }
                self.write(i, u64::from(how.holds(a, b)));
            }
            Op::Resize(from, to) => {
                let value = to.wide(from.wide(self.read(a)?));
                self.write_low(i.to[0], value);
            }
            Op::IntegerToFloat(from) => {
                let value = from.wide(self.read(a)?);
                let value = if from.is_signed() {
                    value as i64 as f32
                } else {
                    value as f32
                };
                self.write(i, bits(value));
            }
            Op::FloatToInteger(how, to) => {
                let (value, undefined) = to_integer(rounded(self.float(a)?, how), to);
                self.write_low(i.to[0], value);
                if undefined {
                    self.states[usize::from(i.to[0])] = State::Undefined(Undefined::Conversion);
                }
            }
            Op::RoundFloat(how) => {
                let value = rounded(self.float(a)?, how);
                let value = if value.is_nan() { NOT_A_NUMBER } else { value };
                self.write(i, bits(value));
            }
            Op::Load(..) | Op::Store(..) | Op::Or(_) => self.access(i)?,
            Op::Branch => return Ok(Next::At(i.offset as usize)),
            Op::Return => return Ok(Next::End),
        }
        Ok(Next::Following)
    }

    /// Loads, stores and atomic operations.
    fn access(&mut self, i: &Instruction) -> Result<(), Problem> {
        let at = self.address(i)?;
        let wrong = |wrong| Problem::Access(wrong, at);
        match i.op {
            Op::Load(space, kind, count) => {
                let mut values = [0; 4];
                let values = &mut values[..usize::from(count)];
                let loaded = match space {
                    Space::Memory => self.memory.load(at, kind, values, &mut self.region),
                    Space::Parameters => self.parameter(at, kind, values),
                };
                loaded.map_err(wrong)?;
                for (slot, value) in i.to.into_iter().zip(values) {
                    self.write_low(slot, kind.wide(*value));
                }
            }
            Op::Store(kind, count) => {
                let mut values = [0; 4];
                let values = &mut values[..usize::from(count)];
                for (value, slot) in values.iter_mut().zip(&i.from[1..]) {
                    *value = self.read(*slot)?;
                }
                let stored = self.memory.store(at, kind, values, &mut self.region);
                stored.map_err(wrong)?;
            }
            Op::Or(kind) => {
                let bits = self.read(i.from[1])?;
                let old = self.memory.or(at, kind, bits, &mut self.region);
                self.write(i, old.map_err(wrong)?);
            }
            _ => {}
        }
        Ok(())
    }

    fn read(&self, slot: Slot) -> Result<u64, Problem> {
        let place = usize::from(slot);
        match self.states[place] {
            State::Good => Ok(self.values[place]),
            State::Unwritten => Err(Problem::Unwritten(slot)),
            State::Undefined(why) => Err(Problem::Undefined(slot, why)),
        }
    }

    fn float(&self, slot: Slot) -> Result<f32, Problem> {
        Ok(f32::from_bits(self.read(slot)? as u32))
    }

    fn address(&self, i: &Instruction) -> Result<u64, Problem> {
        Ok(self
            .read(i.from[0])?
            .wrapping_add_signed(i64::from(i.offset)))
    }

    fn write(&mut self, i: &Instruction, value: u64) {
        self.write_or(i, value, None);
    }

    fn write_or(&mut self, i: &Instruction, value: u64, undefined: Option<Undefined>) {
        let place = usize::from(i.to[0]);
        self.values[place] = value;
        self.states[place] = undefined.map_or(State::Good, State::Undefined);
    }

    /// Writes as many bits as the register has.
    fn write_low(&mut self, slot: Slot, value: u64) {
        let place = usize::from(slot);
        self.values[place] = self.program.types[place].low(value);
        self.states[place] = State::Good;
    }

    /// Reads of parameters, which have a space of their own.
    fn parameter(&self, at: u64, kind: Type, values: &mut [u64]) -> Result<(), Wrong> {
        let bytes = kind.bytes as usize;
        let from = at.checked_sub(PARAMETERS).ok_or(Wrong::Outside)? as usize;
        let all = from.checked_add(bytes * values.len());
        let all = all.and_then(|to| self.parameters.get(from..to));
        let all = all.ok_or(Wrong::Outside)?;
        if !at.is_multiple_of(all.len() as u64) {
            return Err(Wrong::Misaligned);
        }
        for (value, part) in values.iter_mut().zip(all.chunks(bytes)) {
            let mut whole = [0; 8];
            whole[..bytes].copy_from_slice(part);
            *value = u64::from_le_bytes(whole);
        }
        Ok(())
    }
}

enum Next {
    Following,
    At(usize),
    End,
}

fn bits(value: f32) -> u64 {
    u64::from(value.to_bits())
}

fn rounded(value: f32, how: Rounding) -> f32 {
    match how {
        Rounding::Nearest => value.round_ties_even(),
        Rounding::Zero => value.trunc(),
        Rounding::Down => value.floor(),
        Rounding::Up => value.ceil(),
    }
}

/// An integer of a type, clamped to its range, and whether it had to be.
fn to_integer(value: f32, to: Type) -> (u64, bool) {
    let value = f64::from(value);
    let span = 2f64.powi(to.bits() as i32);
    let (low, end) = if to.is_signed() {
        (-span / 2.0, span / 2.0)
    } else {
        (0.0, span)
    };
    let inside = value >= low && value < end;
    let whole = if to.is_signed() {
        let top = (1i128 << (to.bits() - 1)) - 1;
        (value as i128).clamp(-top - 1, top) as u64
    } else {
        (value as i128).clamp(0, (1i128 << to.bits()) - 1) as u64
    };
    (whole, !inside)
}
