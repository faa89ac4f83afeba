//! Whether an `assert` holds.

use crate::script::{Comparison, Expression, Field};

/// What an expression comes to. Python's True and False are 1 and 0.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Number(i64),
    Tuple(Vec<Self>),
}

impl Expression {
    /// Whether it holds where the fields have these values.
    pub fn holds(&self, field: &mut impl FnMut(Field) -> i64) -> bool {
        self.value(field).is_true()
    }

    /// The fields that it reads, each once, in its order.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        self.holds(&mut |field| {
            if !fields.contains(&field) {
                fields.push(field);
            }
            0
        });
        fields
    }

    fn value(&self, field: &mut impl FnMut(Field) -> i64) -> Value {
        match self {
            Self::Number(n) => Value::Number(*n),
            Self::Field(name) => Value::Number(field(*name)),
            Self::Tuple(all) => Value::Tuple(all.iter().map(|e| e.value(field)).collect()),
            Self::Mask(left, right) => {
                let (left, right) = (left.value(field), right.value(field));
                Value::Number(left.number() & right.number())
            }
            Self::Compare(first, rest) => {
                // Every part is read, unlike in Python, so that `fields` finds them all; reading has no effect.
                let mut left = first.value(field);
                let mut holds = true;
                for (how, next) in rest {
                    let right = next.value(field);
                    holds &= how.holds(&left, &right);
                    left = right;
                }
                Value::Number(holds.into())
            }
            Self::And(all) => {
                let all = all.iter().map(|e| e.value(field).is_true());
                Value::Number(all.fold(true, |so_far, holds| so_far & holds).into())
            }
        }
    }
}

impl Value {
    /// A tuple is no number; scripts have no use for that.
    fn number(&self) -> i64 {
        match self {
            Self::Number(n) => *n,
            Self::Tuple(_) => 0,
        }
    }

    fn is_true(&self) -> bool {
        match self {
            Self::Number(n) => *n != 0,
            Self::Tuple(all) => !all.is_empty(),
        }
    }
}

impl Comparison {
    fn holds(self, left: &Value, right: &Value) -> bool {
        let (l, r) = (left.number(), right.number());
        match self {
            Self::Equal => left == right,
            Self::Unequal => left != right,
            Self::Less => l < r,
            Self::LessOrEqual => l <= r,
            Self::Greater => l > r,
            Self::GreaterOrEqual => l >= r,
        }
    }
}
