//! The types of operands.

/// How the bits of an operand are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Predicate,
    Bits,
    Unsigned,
    Signed,
    Float,
}

/// A type: its class and its width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Type {
    pub class: Class,
    pub bytes: u32,
}

pub(super) const PREDICATE: Type = Type {
    class: Class::Predicate,
    bytes: 1,
};
pub(super) const WORD: Type = Type {
    class: Class::Unsigned,
    bytes: 4,
};
pub(super) const ADDRESS: Type = Type {
    class: Class::Unsigned,
    bytes: 8,
};

impl Type {
    /// A type by its name in PTX, such as `u32`. There are no doubles and no halves.
    pub fn parse(name: &str) -> Option<Self> {
        if name == "pred" {
            return Some(PREDICATE);
        }
        let class = match name.get(..1)? {
            "b" => Class::Bits,
            "u" => Class::Unsigned,
            "s" => Class::Signed,
            "f" => Class::Float,
            _ => return None,
        };
        let bytes = match &name[1..] {
            "8" => 1,
            "16" => 2,
            "32" => 4,
            "64" => 8,
            _ => return None,
        };
        (class != Class::Float || bytes == 4).then_some(Self { class, bytes })
    }

    pub fn bits(self) -> u32 {
        8 * self.bytes
    }

    pub fn is_signed(self) -> bool {
        self.class == Class::Signed
    }

    pub fn is_predicate(self) -> bool {
        self.class == Class::Predicate
    }

    pub fn is_float(self) -> bool {
        self.class == Class::Float
    }

    /// The low bits that the type has.
    pub fn low(self, value: u64) -> u64 {
        value & (u64::MAX >> (64 - self.bits()))
    }

    /// The value as 64 bits: with its sign if the type has one.
    pub fn wide(self, value: u64) -> u64 {
        let unused = 64 - self.bits();
        if self.is_signed() {
            ((value << unused) as i64 >> unused) as u64
        } else {
            self.low(value)
        }
    }
}
