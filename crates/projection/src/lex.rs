//! The words of filter and order texts, with where they stand.

use crate::parse::{ParseError, Problem};

/// A word of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    Open,
    Close,
    Comma,
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`, `:`
    Operator(&'static str),
    /// Without quotes.
    Bare(String),
    /// Within quotes, which are taken off.
    Quoted(String),
    /// `-` before a restriction.
    Minus,
}

/// A word and where it begins, counted in characters from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) at: usize,
    pub(crate) token: Token,
}

const OPERATORS: [&str; 7] = ["!=", "<=", ">=", "=", "<", ">", ":"];

/// Cuts a text into words.
pub(crate) fn words(text: &str) -> Result<Vec<Placed>, ParseError> {
    let chars: Vec<char> = text.chars().collect();
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let (token, end) = word(&chars, at)?;
        words.push(Placed { at, token });
        at = end;
    }
    Ok(words)
}

fn word(chars: &[char], at: usize) -> Result<(Token, usize), ParseError> {
    let rest = &chars[at..];
    let starts = |operator: &&&str| {
        operator.chars().zip(rest).filter(|(a, b)| a == *b).count() == operator.len()
    };
    if let Some(operator) = OPERATORS.iter().find(starts) {
        return Ok((Token::Operator(operator), at + operator.len()));
    }
    match rest[0] {
        '(' => Ok((Token::Open, at + 1)),
        ')' => Ok((Token::Close, at + 1)),
        ',' => Ok((Token::Comma, at + 1)),
        quote @ ('"' | '\'') => quoted(chars, at, quote),
        '-' if rest.get(1).is_some_and(|c| *c == '(' || c.is_alphabetic()) => {
            Ok((Token::Minus, at + 1))
        }
        _ => {
            let ends = |c: &char| c.is_whitespace() || "()=!<>:,\"'".contains(*c);
            let length = rest.iter().position(ends).unwrap_or(rest.len());
            if length == 0 {
                return Err(ParseError::new(at, Problem::Character(rest[0])));
            }
            Ok((Token::Bare(rest[..length].iter().collect()), at + length))
        }
    }
}

fn quoted(chars: &[char], start: usize, quote: char) -> Result<(Token, usize), ParseError> {
    let mut text = String::new();
    let mut at = start + 1;
    while let Some(&c) = chars.get(at) {
        at += 1;
        match c {
            c if c == quote => return Ok((Token::Quoted(text), at)),
            '\\' => match chars.get(at) {
                Some(c @ ('"' | '\'' | '\\')) => {
                    text.push(*c);
                    at += 1;
                }
                _ => return Err(ParseError::new(at - 1, Problem::Escape)),
            },
            c => text.push(c),
        }
    }
    Err(ParseError::new(start, Problem::Unclosed))
}
