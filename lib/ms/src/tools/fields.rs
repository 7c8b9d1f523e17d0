//! Texts with `{field}` in them, taken apart. Which fields there are is whose text it is.

/// A part of such a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part<F> {
    /// As it stands; never empty.
    Text(String),
    /// A field.
    Field(F),
}

/// What stands for the character behind a backslash, if there is one.
pub(super) type Escape<E> = fn(Option<char>) -> Result<char, E>;

/// Takes a text apart. `field` is asked for each name, and told whether a `}` ended it. Without `escape` a
/// backslash is a character as any other.
///
/// # Errors
///
/// Those of `field` and `escape`.
pub(super) fn parse<F, E>(
    text: &str,
    escape: Option<Escape<E>>,
    field: impl Fn(&str, bool) -> Result<F, E>,
) -> Result<Vec<Part<F>>, E> {
    let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), text.chars());
    while let Some(c) = rest.next() {
        match (c, escape) {
            ('{', _) => {
                let (name, after, closed) = match rest.as_str().split_once('}') {
                    Some((name, after)) => (name, after, true),
                    None => (rest.as_str(), "", false),
                };
                end_text(&mut parts, &mut plain);
                parts.push(Part::Field(field(name, closed)?));
                rest = after.chars();
            }
            ('\\', Some(escape)) => plain.push(escape(rest.next())?),
            _ => plain.push(c),
        }
    }
    end_text(&mut parts, &mut plain);
    Ok(parts)
}

fn end_text<F>(parts: &mut Vec<Part<F>>, plain: &mut String) {
    if !plain.is_empty() {
        parts.push(Part::Text(std::mem::take(plain)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str, escape: Option<Escape<String>>) -> Result<Vec<Part<String>>, String> {
        parse(text, escape, |name, closed| match closed {
            true => Ok(name.to_owned()),
            false => Err(format!("{name} is open")),
        })
    }

    #[test]
    fn text_and_fields_come_in_their_order() {
        let text = |text: &str| Part::Text(text.to_owned());
        let field = |name: &str| Part::Field(name.to_owned());
        assert_eq!(parts("", None).unwrap(), []);
        assert_eq!(parts("a {b}{c}}\\n", None).unwrap(), [text("a "), field("b"), field("c"), text("}\\n")]);
        let escape: Escape<String> = |c| c.ok_or_else(|| "alone".to_owned());
        assert_eq!(parts("\\{a\\\\{b}", Some(escape)).unwrap(), [text("{a\\"), field("b")]);
        assert_eq!(parts("x\\", Some(escape)), Err("alone".to_owned()));
        assert_eq!(parts("x{y", None), Err("y is open".to_owned()));
    }
}
