//! The pickle of one tensor: written as torch does, read by a machine that knows a tensor's opcodes and no others.
//!
//! A pickle is a program for a stack machine (Python's `pickletools` documents its opcodes). This reader runs
//! nothing: a global is a name to compare, a call is recognised by that name.
//!
//! Our own, because `serde-pickle` reads Python's built-in types alone: what a global makes, as every tensor is made, it
//! leaves unresolved (<https://github.com/birkenfeld/serde-pickle/issues/34>).

use std::collections::BTreeMap;
use std::rc::Rc;

/// The description of a tensor in the pickle of its archive; checked to lie inside its storage.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct StoredTensor {
    /// The record with the values: `data/…`.
    pub(super) storage: String,
    /// Values in the storage; at least `offset` and the shape's product together.
    pub(super) storage_values: u64,
    /// The first value.
    pub(super) offset: usize,
    /// `[2, n, m]`.
    pub(super) shape: [usize; 3],
}

/// The pickle of a contiguous float32 tensor in storage `0`, byte for byte as torch writes it.
pub(super) fn encode(shape: [usize; 3]) -> Vec<u8> {
    let [a, b, c] = shape;
    let mut out = Vec::new();
    out.extend(b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\nq\x00((X\x07\x00\x00\x00storageq\x01");
    out.extend(b"ctorch\nFloatStorage\nq\x02X\x01\x00\x00\x000q\x03X\x03\x00\x00\x00cpuq\x04");
    put_int(a * b * c, &mut out);
    out.extend(b"tq\x05QK\x00");
    for (numbers, close) in [([a, b, c], b"\x87q\x06"), ([b * c, c, 1], b"\x87q\x07")] {
        for number in numbers {
            put_int(number, &mut out);
        }
        out.extend(close);
    }
    out.extend(b"\x89ccollections\nOrderedDict\nq\x08)Rq\ttq\nRq\x0b.");
    out
}

/// The shortest of BININT1, BININT2 and BININT; the layout keeps every number below 2³¹.
fn put_int(number: usize, out: &mut Vec<u8>) {
    let bytes = (number as u32).to_le_bytes();
    let (opcode, length) = match number {
        0..=0xFF => (b'K', 1),
        0x100..=0xFFFF => (b'M', 2),
        _ => (b'J', 4),
    };
    out.push(opcode);
    out.extend(&bytes[..length]);
}

#[derive(Debug, Clone)]
enum Value {
    Int(i64),
    Bool,
    Text(Rc<str>),
    Global(Rc<str>),
    // Shared, because a memo can ask for a tuple often.
    Tuple(Rc<[Self]>),
    Storage { key: Rc<str>, n_values: i64 },
    Tensor(Rc<[Self]>),
    OrderedDict,
    Mark,
}

/// Reads a tensor's pickle.
///
/// # Errors
/// In words, when it is not the pickle of one contiguous float32 tensor `[2, n, m]`.
pub(super) fn decode(pickle: &[u8]) -> Result<StoredTensor, String> {
    let machine = Machine { rest: pickle, stack: Vec::new(), memo: BTreeMap::new() };
    match machine.run()? {
        Value::Tensor(arguments) => tensor(&arguments),
        other => Err(format!("its pickle holds {} instead of a tensor", other.kind())),
    }
}

struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<Value>,
    memo: BTreeMap<u32, Value>,
}

const ENDS_EARLY: &str = "its pickle ends early";

impl Machine<'_> {
    fn run(mut self) -> Result<Value, String> {
        loop {
            let value = match self.number::<1>()? as u8 {
                0x80 => {
                    self.take(1)?;
                    continue;
                }
                b'.' => return self.pop(),
                b'q' => {
                    let slot = self.number::<1>()?;
                    self.remember(slot)?;
                    continue;
                }
                b'r' => {
                    let slot = self.number::<4>()?;
                    self.remember(slot)?;
                    continue;
                }
                b'h' => self.recall::<1>()?,
                b'j' => self.recall::<4>()?,
                b'c' => Value::Global(format!("{} {}", self.line()?, self.line()?).into()),
                b'X' => self.text()?,
                b'K' => Value::Int(self.number::<1>()?.into()),
                b'M' => Value::Int(self.number::<2>()?.into()),
                b'J' => Value::Int((self.number::<4>()? as i32).into()),
                0x8a => self.long()?,
                0x88 | 0x89 => Value::Bool,
                b'(' => Value::Mark,
                b')' => Value::Tuple([].into()),
                b't' => self.tuple_from_mark()?,
                opcode @ 0x85..=0x87 => self.tuple_of(opcode as usize - 0x84)?,
                b'Q' => self.storage()?,
                b'R' => self.call()?,
                opcode => return Err(format!("its pickle has an opcode {opcode:#04x} that no tensor needs")),
            };
            self.stack.push(value);
        }
    }

    fn take(&mut self, n: usize) -> Result<&[u8], String> {
        let (taken, rest) = self.rest.split_at_checked(n).ok_or(ENDS_EARLY)?;
        self.rest = rest;
        Ok(taken)
    }

    /// An unsigned little-endian number of `N` bytes, at most 4.
    fn number<const N: usize>(&mut self) -> Result<u32, String> {
        Ok(self.take(N)?.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    fn line(&mut self) -> Result<String, String> {
        let length = self.rest.iter().position(|byte| *byte == b'\n').ok_or(ENDS_EARLY)?;
        let line = String::from_utf8_lossy(self.take(length)?).into_owned();
        self.take(1)?;
        Ok(line)
    }

    fn text(&mut self) -> Result<Value, String> {
        let length = self.number::<4>()? as usize;
        Ok(Value::Text(String::from_utf8_lossy(self.take(length)?).into()))
    }

    /// LONG1: a length, then that many bytes of a signed number.
    fn long(&mut self) -> Result<Value, String> {
        let length = self.number::<1>()? as usize;
        let bytes = self.take(length)?;
        let mut wide = [if bytes.last().is_some_and(|high| *high >= 0x80) { 0xFF } else { 0 }; 8];
        wide.get_mut(..length).ok_or("its pickle has a number beyond 64 bits")?.copy_from_slice(bytes);
        Ok(Value::Int(i64::from_le_bytes(wide)))
    }

    fn pop(&mut self) -> Result<Value, String> {
        self.stack.pop().ok_or_else(|| "its pickle takes from an empty stack".into())
    }

    fn remember(&mut self, slot: u32) -> Result<(), String> {
        let top = self.stack.last().ok_or("its pickle remembers nothing")?;
        self.memo.insert(slot, top.clone());
        Ok(())
    }

    fn recall<const N: usize>(&mut self) -> Result<Value, String> {
        let slot = self.number::<N>()?;
        self.memo.get(&slot).cloned().ok_or_else(|| "its pickle recalls what it never stored".into())
    }

    fn tuple_of(&mut self, n: usize) -> Result<Value, String> {
        let from = self.stack.len().checked_sub(n).ok_or("its pickle takes from an empty stack")?;
        Ok(Value::Tuple(self.stack.drain(from..).collect()))
    }

    fn tuple_from_mark(&mut self) -> Result<Value, String> {
        let mark = self.stack.iter().rposition(|value| matches!(value, Value::Mark));
        let mark = mark.ok_or("its pickle has a tuple without a beginning")?;
        let items = self.stack.drain(mark + 1..).collect();
        self.stack.truncate(mark);
        Ok(Value::Tuple(items))
    }

    /// A persistent id: `('storage', type, key, device, values)`.
    fn storage(&mut self) -> Result<Value, String> {
        let id = self.pop()?;
        let Value::Tuple(parts) = &id else { return Err("its storage has no description".into()) };
        match &**parts {
            [
                Value::Text(tag),
                Value::Global(kind),
                Value::Text(key),
                Value::Text(_),
                Value::Int(n_values),
            ] if &**tag == "storage" => {
                if &**kind == "torch FloatStorage" {
                    Ok(Value::Storage { key: key.clone(), n_values: *n_values })
                } else {
                    Err(format!("it is a {kind} where float32 (torch FloatStorage) is expected"))
                }
            }
            _ => Err("its storage has an unknown description".into()),
        }
    }

    fn call(&mut self) -> Result<Value, String> {
        match (self.pop()?, self.pop()?) {
            (Value::Tuple(arguments), Value::Global(name)) => match &*name {
                "torch._utils _rebuild_tensor_v2" => Ok(Value::Tensor(arguments)),
                "collections OrderedDict" if arguments.is_empty() => Ok(Value::OrderedDict),
                _ => Err(format!("its pickle calls {name}")),
            },
            _ => Err("its pickle calls something that is no function".into()),
        }
    }
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Self::Int(_) => "a number",
            Self::Bool => "a truth value",
            Self::Text(_) => "a text",
            Self::Global(_) => "a name",
            Self::Tuple(_) => "a tuple",
            Self::Storage { .. } => "a bare storage",
            Self::Tensor(_) => "a tensor",
            Self::OrderedDict => "a dictionary",
            Self::Mark => "a mark",
        }
    }
}

/// Three numbers of a size or of strides; negative and non-numbers give `None`.
fn triple(values: &[Value]) -> Option<[usize; 3]> {
    match values {
        [Value::Int(a), Value::Int(b), Value::Int(c)] => {
            Some([(*a).try_into().ok()?, (*b).try_into().ok()?, (*c).try_into().ok()?])
        }
        _ => None,
    }
}

fn tensor(arguments: &[Value]) -> Result<StoredTensor, String> {
    let [Value::Storage { key, n_values }, Value::Int(offset), Value::Tuple(size), Value::Tuple(strides), ..] =
        arguments
    else {
        return Err("its tensor has unknown arguments".into());
    };
    let shape = triple(size).filter(|shape| shape[0] == 2);
    let shape = shape.ok_or_else(|| {
        let size: Vec<String> =
            size.iter().map(|n| if let Value::Int(n) = n { n.to_string() } else { "?".into() }).collect();
        format!("its shape is [{}] where [2, n_mels, frames] is expected", size.join(", "))
    })?;
    let expected = [shape[1].saturating_mul(shape[2]), shape[2], 1];
    // The stride of a dimension of one element is never used and can be anything.
    let contiguous = triple(strides)
        .is_some_and(|strides| (0..3).all(|axis| shape[axis] == 1 || strides[axis] == expected[axis]));
    if !contiguous {
        return Err("its values are not contiguous".into());
    }
    let outside = || format!("its shape {shape:?} does not fit into a storage of {n_values} values");
    let storage_values = u64::try_from(*n_values).map_err(|_negative| outside())?;
    let offset = usize::try_from(*offset).map_err(|_negative| outside())?;
    let end = expected[0].checked_mul(2).and_then(|n| n.checked_add(offset)).ok_or_else(outside)?;
    if end as u64 > storage_values {
        return Err(outside());
    }
    Ok(StoredTensor { storage: key.to_string(), storage_values, offset, shape })
}
