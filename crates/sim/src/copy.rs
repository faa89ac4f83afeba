//! Copies into what is there already. A sweep copies a run that is under way by the thousand: a copy into the one before allocates
//! next to nothing, and what grew there once need not grow again.

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
