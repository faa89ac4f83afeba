//! Copies into what is there already. A sweep copies a run that is under way by the thousand: a copy into the one before allocates
//! next to nothing, and what grew there once need not grow again.

use litemap::LiteMap;
use std::ops::{Deref, DerefMut};

/// `Clone` for a struct, with a `clone_from` that keeps what its fields have allocated. The derived one drops it.
macro_rules! clone_into_place {
    ($name:ident $(<$of:ident>)? { $($field:ident),* $(,)? }) => {
        impl $(<$of: Clone>)? Clone for $name $(<$of>)? {
            fn clone(&self) -> Self {
                let Self { $($field),* } = self;
                Self { $($field: $field.clone()),* }
            }

            fn clone_from(&mut self, source: &Self) {
                let Self { $($field),* } = source;
                $(self.$field.clone_from($field);)*
            }
        }
    };
}
pub(crate) use clone_into_place;

/// A map whose copy keeps what the one before has allocated, where both have the same keys: runs that began as one mostly do.
#[derive(Debug)]
pub(crate) struct Map<K, V>(LiteMap<K, V>);

impl<K, V> Map<K, V> {
    pub(crate) const fn new() -> Self {
        Self(LiteMap::new())
    }
}

impl<K: Clone + Ord, V: Clone> Clone for Map<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }

    fn clone_from(&mut self, source: &Self) {
        if self.0.keys().eq(source.0.keys()) {
            let values = self.0.iter_mut().zip(source.0.values());
            values.for_each(|((_, value), source)| value.clone_from(source));
        } else {
            self.0.clone_from(&source.0);
        }
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> Deref for Map<K, V> {
    type Target = LiteMap<K, V>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<K, V> DerefMut for Map<K, V> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}
