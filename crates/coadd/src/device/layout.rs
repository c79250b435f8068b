//! Structs that hosts write and kernels read, with lists of their members for tests that compare both sides.

/// A member of a shared struct, as Rust lays it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name, on both sides.
    pub name: &'static str,
    /// Its Rust type.
    pub kind: &'static str,
    /// Its offset in the struct, bytes.
    pub offset: usize,
    /// Its size, bytes.
    pub size: usize,
}

/// Declares a `repr(C)` struct whose members, in tests, are listed as `MEMBERS`.
#[macro_export]
macro_rules! shared_struct {
    (
        $(#[$meta:meta])*
        $visible:vis struct $name:ident { $(pub $member:ident: $kind:ty,)+ }
    ) => {
        $(#[$meta])*
        #[repr(C)]
        $visible struct $name { $(pub $member: $kind,)+ }

        #[cfg(test)]
        impl $name {
            /// In the order of declaration.
            pub const MEMBERS: &[$crate::device::Member] = &[$($crate::device::Member {
                name: stringify!($member),
                kind: stringify!($kind),
                offset: ::core::mem::offset_of!($name, $member),
                size: ::core::mem::size_of::<$kind>(),
            }),+];
        }
    };
}
