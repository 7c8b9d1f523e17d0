//! A control sequence taken apart.

/// The most parameters; a sequence with more is not acted on.
const MAX_PARAMS: usize = 32;

/// The parameters of a control sequence; one that is left out is 0.
#[derive(Clone, Copy, Debug)]
pub struct Params {
    values: [u16; MAX_PARAMS],
    len: usize,
    /// A bit for each value that is a sub-parameter (`:`) of the one before.
    subs: u32,
}

impl Params {
    /// Reads digits with `;` and `:` between them; none if there are too many.
    fn read(bytes: &[u8]) -> Option<Params> {
        let mut params = Params { values: [0; MAX_PARAMS], len: 1, subs: 0 };
        let mut value = 0u16;
        for byte in bytes {
            if byte.is_ascii_digit() {
                value = value.saturating_mul(10).saturating_add(u16::from(byte - b'0'));
                continue;
            }
            if params.len == MAX_PARAMS {
                return None;
            }
            params.values[params.len - 1] = value;
            params.subs |= u32::from(*byte == b':') << params.len;
            params.len += 1;
            value = 0;
        }
        params.values[params.len - 1] = value;
        Some(params)
    }

    /// Each parameter with its sub-parameters.
    pub fn iter(&self) -> impl Iterator<Item = &[u16]> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let start = at;
            if start == self.len {
                return None;
            }
            at += 1;
            while at < self.len && self.subs & (1 << at) != 0 {
                at += 1;
            }
            Some(&self.values[start..at])
        })
    }

    /// Each parameter without its sub-parameters.
    pub fn numbers(&self) -> impl Iterator<Item = u16> {
        (0..self.len).filter(|at| self.subs & (1 << at) == 0).map(|at| self.values[at])
    }

    /// How many there are, sub-parameters among them; at least 1.
    pub fn count(&self) -> usize {
        self.len
    }

    /// A parameter without its sub-parameters, 0 if it was left out.
    #[inline]
    pub fn get(&self, index: usize) -> u16 {
        if self.subs == 0 && index < self.len {
            return self.values[index];
        }
        self.numbers().nth(index).unwrap_or(0)
    }
}

/// The parameters of a control sequence without their sub-parameters, for a reader that needs nothing else.
pub fn numbers(params: &[u8]) -> impl Iterator<Item = u16> {
    params.split(|b| *b == b';').map(|param| {
        let digits = param.iter().take_while(|b| b.is_ascii_digit());
        digits.fold(0u16, |number, b| number.saturating_mul(10).saturating_add(u16::from(b - b'0')))
    })
}

/// A control sequence taken apart: `CSI prefix params intermediates action`.
#[derive(Clone, Copy, Debug)]
pub struct Csi<'a> {
    /// One of `<=>?`, or 0.
    pub prefix: u8,
    /// Its parameters.
    pub params: Params,
    /// Bytes from space to `/`.
    pub intermediates: &'a [u8],
    /// The byte that ends it and says what it does.
    pub action: u8,
    /// True if no parameter was written, not even a 0.
    pub bare: bool,
}

impl<'a> Csi<'a> {
    /// Reads what follows `ESC [`; none if it is no control sequence that anything acts on.
    pub fn parse(body: &'a [u8]) -> Option<Csi<'a>> {
        let (action, body) = body.split_last()?;
        let (prefix, body) = match body {
            [prefix @ b'<'..=b'?', rest @ ..] => (*prefix, rest),
            _ => (0, body),
        };
        let end = body.iter().position(|b| !matches!(b, b'0'..=b';')).unwrap_or(body.len());
        let (params, intermediates) = body.split_at(end);
        if !intermediates.iter().all(|b| matches!(b, b' '..=b'/')) {
            return None;
        }
        let bare = params.is_empty();
        Some(Csi { prefix, params: Params::read(params)?, intermediates, action: *action, bare })
    }

    /// A parameter, 0 if it was left out.
    #[inline]
    pub fn param(&self, index: usize) -> u16 {
        self.params.get(index)
    }

    /// The parameters without their sub-parameters.
    pub fn numbers(&self) -> impl Iterator<Item = u16> {
        self.params.numbers()
    }
}
