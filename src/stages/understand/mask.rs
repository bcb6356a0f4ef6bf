//! A set of tokens of one clause.

/// One bit for each token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mask(u128);

impl Mask {
    /// More tokens than this are no clause.
    pub(super) const SIZE: usize = 128;

    pub(super) const EMPTY: Self = Self(0);

    pub(super) const fn one(n: usize) -> Self {
        if n < Self::SIZE { Self(1 << n) } else { Self(0) }
    }

    pub(super) fn range(range: std::ops::Range<usize>) -> Self {
        range.fold(Self::EMPTY, |mask, n| mask.with(Self::one(n)))
    }

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) const fn has(self, n: usize) -> bool {
        n < Self::SIZE && self.0 & (1 << n) != 0
    }

    pub(super) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) const fn count(self) -> u32 {
        self.0.count_ones()
    }

    pub(super) fn first(self) -> Option<usize> {
        (!self.is_empty()).then(|| self.0.trailing_zeros() as usize)
    }

    pub(super) fn last(self) -> Option<usize> {
        (!self.is_empty()).then(|| 127 - self.0.leading_zeros() as usize)
    }
}
