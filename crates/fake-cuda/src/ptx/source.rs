//! The statements of one kernel.

use super::Refusal;
use super::types::Type;
use super::words::Word;

/// A kernel as it is written.
#[derive(Debug, Default)]
pub(super) struct Source<'a> {
    /// Name, alignment and bytes of each parameter.
    pub parameters: Vec<(&'a str, u32, u32)>,
    /// Prefix, type and number of each kind of register.
    pub registers: Vec<(&'a str, Type, u32)>,
    pub statements: Vec<Statement<'a>>,
    /// Most threads of a group.
    pub threads: u32,
}

#[derive(Debug)]
pub(super) enum Statement<'a> {
    Label(&'a str),
    Instruction(Written<'a>),
}

/// An instruction as it is written.
#[derive(Debug)]
pub(super) struct Written<'a> {
    pub line: u32,
    /// The predicate, and whether it is negated.
    pub guard: Option<(&'a str, bool)>,
    pub opcode: &'a str,
    pub operands: Vec<Operand<'a>>,
    /// All of it, for messages.
    pub text: String,
}

#[derive(Debug)]
pub(super) enum Operand<'a> {
    Word(&'a str),
    Vector(Vec<&'a str>),
    /// `[base+offset]`
    Address(&'a str, i32),
}

/// Finds the kernel of this name; other kernels are passed over.
pub(super) fn entry<'a>(words: &[Word<'a>], name: &str) -> Result<Option<Source<'a>>, Refusal> {
    let mut reader = Reader { words, at: 0 };
    while let Some(word) = reader.peek() {
        reader.at += 1;
        match word.text {
            ".version" | ".target" | ".address_size" => reader.at += 1,
            ".visible" => {}
            // No instruction can use a variable: its name is not known then.
            ".global" => reader.statement()?,
            ".entry" if reader.word()? == name => return reader.kernel().map(Some),
            ".entry" => reader.skip_body()?,
            other => return Err(Refusal::new(word.line, format!("{other} is not known"))),
        }
    }
    Ok(None)
}

struct Reader<'w, 'a> {
    words: &'w [Word<'a>],
    at: usize,
}

impl<'a> Reader<'_, 'a> {
    fn peek(&self) -> Option<Word<'a>> {
        self.words.get(self.at).copied()
    }

    fn refused(&self, why: impl Into<String>) -> Refusal {
        let last = self.words.get(self.at.saturating_sub(1));
        Refusal::new(last.map_or(0, |w| w.line), why)
    }

    fn word(&mut self) -> Result<&'a str, Refusal> {
        let word = self
            .peek()
            .ok_or_else(|| self.refused("the text ends early"))?;
        self.at += 1;
        Ok(word.text)
    }

    /// Takes the next word if it is this one.
    fn take(&mut self, text: &str) -> bool {
        let found = self.peek().is_some_and(|w| w.text == text);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, text: &str) -> Result<(), Refusal> {
        let found = self.word()?;
        if found == text {
            Ok(())
        } else {
            Err(self.refused(format!("{found} stands where {text} is expected")))
        }
    }

    fn number<T: std::str::FromStr>(&mut self) -> Result<T, Refusal> {
        let word = self.word()?;
        word.parse()
            .map_err(|_| self.refused(format!("{word} is not a number")))
    }

    /// Passes over a statement.
    fn statement(&mut self) -> Result<(), Refusal> {
        while self.word()? != ";" {}
        Ok(())
    }

    fn skip_body(&mut self) -> Result<(), Refusal> {
        while self.word()? != "{" {}
        let mut depth = 1;
        while depth > 0 {
            match self.word()? {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
        }
        Ok(())
    }

    fn kernel(&mut self) -> Result<Source<'a>, Refusal> {
        let mut source = Source {
            threads: 1024,
            ..Source::default()
        };
        self.expect("(")?;
        while !self.take(")") {
            source.parameters.push(self.parameter()?);
            self.take(",");
        }
        loop {
            match self.word()? {
                ".maxntid" => {
                    source.threads = self.number()?;
                    for _ in 0..2 {
                        self.expect(",")?;
                        self.expect("1")?;
                    }
                }
                // How many groups a multiprocessor holds changes no result.
                ".minnctapersm" => drop(self.word()?),
                "{" => break,
                other => return Err(self.refused(format!("{other} is not known"))),
            }
        }
        while !self.take("}") {
            self.body(&mut source)?;
        }
        Ok(source)
    }

    fn parameter(&mut self) -> Result<(&'a str, u32, u32), Refusal> {
        self.expect(".param")?;
        let align = self.take(".align").then(|| self.number()).transpose()?;
        let word = self.word()?;
        let kind = Type::parse(word.trim_start_matches('.'));
        let kind = kind.ok_or_else(|| self.refused(format!("{word} is not a type")))?;
        let name = self.word()?;
        let mut bytes = kind.bytes;
        if self.take("[") {
            bytes *= self.number::<u32>()?;
            self.expect("]")?;
        }
        Ok((name, align.unwrap_or(kind.bytes), bytes))
    }

    fn body(&mut self, source: &mut Source<'a>) -> Result<(), Refusal> {
        let line = self.peek().map_or(0, |w| w.line);
        let first = self.at;
        match self.word()? {
            ".reg" => {
                let word = self.word()?;
                let kind = Type::parse(word.trim_start_matches('.'));
                let kind = kind.ok_or_else(|| self.refused(format!("{word} is not a type")))?;
                let prefix = self.word()?;
                self.expect("<")?;
                let count = self.number()?;
                self.expect(">")?;
                source.registers.push((prefix, kind, count));
                self.expect(";")
            }
            // Advice for the compiler.
            ".pragma" => self.statement(),
            label if self.take(":") => {
                source.statements.push(Statement::Label(label));
                Ok(())
            }
            other if other.starts_with('.') => Err(self.refused(format!("{other} is not known"))),
            other => {
                let guard = if other == "@" {
                    let negated = self.take("!");
                    Some((self.word()?, negated))
                } else {
                    self.at -= 1;
                    None
                };
                let opcode = self.word()?;
                let operands = self.operands()?;
                source.statements.push(Statement::Instruction(Written {
                    line,
                    guard,
                    opcode,
                    operands,
                    text: joined(&self.words[first..self.at - 1]),
                }));
                Ok(())
            }
        }
    }

    fn operands(&mut self) -> Result<Vec<Operand<'a>>, Refusal> {
        let mut operands = Vec::new();
        while !self.take(";") {
            if !operands.is_empty() {
                self.expect(",")?;
            }
            operands.push(match self.word()? {
                "[" => {
                    let base = self.word()?;
                    let offset = if self.take("+") { self.number()? } else { 0 };
                    self.expect("]")?;
                    Operand::Address(base, offset)
                }
                "{" => {
                    let mut parts = vec![self.word()?];
                    while self.take(",") {
                        parts.push(self.word()?);
                    }
                    self.expect("}")?;
                    Operand::Vector(parts)
                }
                word => Operand::Word(word),
            });
        }
        Ok(operands)
    }
}

/// An instruction's words as they are usually written.
fn joined(words: &[Word]) -> String {
    let mut out = String::new();
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).map_or("@", |b| words[b].text);
        let tight = "@!{[+".contains(before) || ",}]+".contains(word.text);
        if !tight {
            out.push(' ');
        }
        out += word.text;
    }
    out
}
