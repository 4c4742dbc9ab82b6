//! The rule that decides on the members of a dynamic group (`directory.md` 4.1): read from text, and held
//! against users.
//!
//! `-not` binds tighter than `-and`, and `-and` tighter than `-or`; brackets come first. Words are read in
//! whatever case, with or without their hyphen, and text compares without case. A rule that names what Ephor
//! does not keep of users is refused: it would quietly match nobody.

use std::fmt;

use regex::{Regex, RegexBuilder};

use crate::principal::{AccountState, User, UserType};
use crate::profile::ProfileText;
use crate::text::ShortText;

/// The most characters a rule may have.
pub const CHARACTERS_MAX: usize = 3_072;
/// How deep brackets and `-not` may be nested.
const DEPTH_MAX: u32 = 16;
/// How large a pattern may become when it is compiled, in bytes.
const PATTERN_SIZE_MAX: usize = 64 * 1024;

/// Why a text is no rule: where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("membershipRule can't be read at position {at}: {wanted} was expected, but {found}")]
pub struct BadRule {
    /// Before which character, counted from 0.
    pub at: usize,
    /// What would be right there.
    pub wanted: String,
    /// What stands there.
    pub found: String,
}

/// A rule that was understood.
#[derive(Debug, Clone)]
pub struct MembershipRule(Condition);

impl MembershipRule {
    /// Reads a rule.
    pub fn parse(text: &str) -> Result<Self, BadRule> {
        let mut reader = Reader {
            tokens: tokens(text)?,
            at: 0,
            end: text.chars().count(),
        };
        if reader.end > CHARACTERS_MAX {
            return Err(BadRule {
                at: CHARACTERS_MAX,
                wanted: format!("the end (a rule has at most {CHARACTERS_MAX} characters)"),
                found: "it goes on".to_owned(),
            });
        }
        let condition = reader.either(0)?;
        match reader.peek() {
            None => Ok(Self(condition)),
            Some(_) => Err(reader.expected("`-and`, `-or` or the end")),
        }
    }

    /// Whether the user is a member by this rule.
    pub fn holds(&self, user: &User) -> bool {
        self.0.holds(user)
    }
}

#[derive(Debug, Clone)]
enum Condition {
    Or(Box<Self>, Box<Self>),
    And(Box<Self>, Box<Self>),
    Not(Box<Self>),
    Text(TextProperty, Test),
    Account(AccountState),
    /// `user.proxyAddresses -any (_ …)`
    Any(ListProperty, Test),
    /// `user.proxyAddresses -all (_ …)`
    All(ListProperty, Test),
}

impl Condition {
    fn holds(&self, user: &User) -> bool {
        match self {
            Self::Or(left, right) => left.holds(user) || right.holds(user),
            Self::And(left, right) => left.holds(user) && right.holds(user),
            Self::Not(inner) => !inner.holds(user),
            Self::Text(property, test) => test.holds(property.of(user).as_deref()),
            Self::Account(wanted) => user.account == *wanted,
            Self::Any(list, test) => list.of(user).iter().any(|one| test.holds(Some(one))),
            Self::All(list, test) => list.of(user).iter().all(|one| test.holds(Some(one))),
        }
    }
}

/// What of a user is a list of texts.
#[derive(Debug, Clone, Copy)]
enum ListProperty {
    OtherMails,
    ProxyAddresses,
}

impl ListProperty {
    const ALL: &'static [(&'static str, Self)] = &[
        ("otherMails", Self::OtherMails),
        ("proxyAddresses", Self::ProxyAddresses),
    ];

    fn of(self, user: &User) -> Vec<String> {
        match self {
            Self::OtherMails => user.profile.other_mails.clone(),
            // The addresses at which they get mail, as Graph writes them.
            Self::ProxyAddresses => user
                .mail
                .iter()
                .map(|mail| format!("SMTP:{}", mail.as_str()))
                .collect(),
        }
    }
}

/// What a text is held against; all in lower case.
#[derive(Debug, Clone)]
enum Test {
    Is(Option<String>),
    StartsWith(String),
    Contains(String),
    Matches(Regex),
    In(Vec<String>),
    Not(Box<Self>),
}

impl Test {
    /// A property without a value is equal to `null` only, and passes every test that is turned round.
    fn holds(&self, value: Option<&str>) -> bool {
        let value = value.map(str::to_lowercase);
        self.passes(value.as_deref())
    }

    fn passes(&self, value: Option<&str>) -> bool {
        match (self, value) {
            (Self::Not(inner), value) => !inner.passes(value),
            (Self::Is(wanted), value) => wanted.as_deref() == value,
            (_, None) => false,
            (Self::StartsWith(start), Some(value)) => value.starts_with(start),
            (Self::Contains(part), Some(value)) => value.contains(part),
            (Self::Matches(pattern), Some(value)) => pattern.is_match(value),
            (Self::In(all), Some(value)) => all.iter().any(|one| one == value),
        }
    }
}

macro_rules! text_properties {
    ($($variant:ident = $name:literal: |$user:ident| $value:expr;)*) => {
        /// What of a user is text.
        #[derive(Debug, Clone, Copy)]
        enum TextProperty { $($variant,)* }

        impl TextProperty {
            const ALL: &'static [(&'static str, Self)] = &[$(($name, Self::$variant),)*];

            fn of(self, user: &User) -> Option<String> {
                match self { $(Self::$variant => { let $user = user; $value })* }
            }
        }
    };
}

fn short(text: &Option<ShortText>) -> Option<String> {
    text.as_ref().map(|text| text.as_str().to_owned())
}

fn of_profile(user: &User, which: ProfileText) -> Option<String> {
    user.profile.text(which).map(str::to_owned)
}

text_properties! {
    City = "city": |user| of_profile(user, ProfileText::City);
    CompanyName = "companyName": |user| of_profile(user, ProfileText::CompanyName);
    Country = "country": |user| of_profile(user, ProfileText::Country);
    Department = "department": |user| short(&user.department);
    DisplayName = "displayName": |user| Some(user.display_name.as_str().to_owned());
    EmployeeId = "employeeId": |user| short(&user.employee_id);
    Fax = "facsimileTelephoneNumber": |user| of_profile(user, ProfileText::FaxNumber);
    GivenName = "givenName": |user| short(&user.given_name);
    JobTitle = "jobTitle": |user| short(&user.job_title);
    Mail = "mail": |user| short(&user.mail);
    MailNickname = "mailNickname": |user| user.mail_nickname.as_ref().map(|name| name.as_str().to_owned());
    Mobile = "mobile": |user| short(&user.mobile_phone);
    ObjectId = "objectId": |user| Some(user.id.to_string());
    Office = "physicalDeliveryOfficeName": |user| short(&user.office_location);
    PasswordPolicies = "passwordPolicies": |user| of_profile(user, ProfileText::PasswordPolicies);
    PostalCode = "postalCode": |user| of_profile(user, ProfileText::PostalCode);
    PreferredLanguage = "preferredLanguage": |user| short(&user.preferred_language);
    State = "state": |user| of_profile(user, ProfileText::State);
    StreetAddress = "streetAddress": |user| of_profile(user, ProfileText::StreetAddress);
    Surname = "surname": |user| short(&user.surname);
    UsageLocation = "usageLocation": |user| of_profile(user, ProfileText::UsageLocation);
    UserPrincipalName = "userPrincipalName": |user| Some(user.user_principal_name.as_str().to_owned());
    UserType = "userType": |user| Some(match user.user_type {
        UserType::Member => "Member".to_owned(),
        UserType::Guest => "Guest".to_owned(),
    });
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A word as it was written, with its hyphen if it has one.
    Word(String),
    Text(String),
    Sign(char),
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => write!(f, "`{word}` was found"),
            Self::Text(_) => f.write_str("a text was found"),
            Self::Sign(sign) => write!(f, "`{sign}` was found"),
        }
    }
}

/// The pieces of a rule, each with where it begins.
fn tokens(text: &str) -> Result<Vec<(usize, Token)>, BadRule> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().enumerate().peekable();
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    while let Some((at, c)) = chars.next() {
        match c {
            c if c.is_whitespace() => {}
            '(' | ')' | '[' | ']' | ',' => tokens.push((at, Token::Sign(c))),
            '"' => {
                let mut inside = String::new();
                let mut closed = false;
                while let Some((_, c)) = chars.next() {
                    match c {
                        // A backtick takes the meaning away from what follows it.
                        '`' => inside.extend(chars.next().map(|(_, c)| c)),
                        '"' => {
                            closed = true;
                            break;
                        }
                        c => inside.push(c),
                    }
                }
                if !closed {
                    return Err(BadRule {
                        at: text.chars().count(),
                        wanted: "the closing quote of a text".to_owned(),
                        found: "it ends there".to_owned(),
                    });
                }
                tokens.push((at, Token::Text(inside)));
            }
            c if is_word(c) => {
                let mut word = String::from(c);
                while let Some((_, c)) = chars.next_if(|(_, c)| is_word(*c)) {
                    word.push(c);
                }
                tokens.push((at, Token::Word(word)));
            }
            c => {
                return Err(BadRule {
                    at,
                    wanted: "a property, an operator, a value in double quotes or a bracket"
                        .to_owned(),
                    found: Token::Sign(c).to_string(),
                });
            }
        }
    }
    Ok(tokens)
}

struct Reader {
    tokens: Vec<(usize, Token)>,
    at: usize,
    end: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.at += 1;
        token
    }

    fn expected(&self, wanted: &str) -> BadRule {
        BadRule {
            at: self.tokens.get(self.at).map_or(self.end, |(at, _)| *at),
            wanted: wanted.to_owned(),
            found: self
                .peek()
                .map_or_else(|| "it ends there".to_owned(), Token::to_string),
        }
    }

    fn sign(&mut self, sign: char) -> Result<(), BadRule> {
        if self.peek() == Some(&Token::Sign(sign)) {
            self.at += 1;
            return Ok(());
        }
        Err(self.expected(&format!("`{sign}`")))
    }

    /// The word without its hyphen and in lower case, if one is next.
    fn word(&self) -> Option<String> {
        match self.peek()? {
            Token::Word(word) => Some(word.strip_prefix('-').unwrap_or(word).to_lowercase()),
            Token::Text(_) | Token::Sign(_) => None,
        }
    }

    fn keyword(&mut self, word: &str) -> bool {
        let found = self.word().as_deref() == Some(word);
        self.at += usize::from(found);
        found
    }

    fn either(&mut self, depth: u32) -> Result<Condition, BadRule> {
        let mut left = self.both(depth)?;
        while self.keyword("or") {
            left = Condition::Or(Box::new(left), Box::new(self.both(depth)?));
        }
        Ok(left)
    }

    fn both(&mut self, depth: u32) -> Result<Condition, BadRule> {
        let mut left = self.one(depth)?;
        while self.keyword("and") {
            left = Condition::And(Box::new(left), Box::new(self.one(depth)?));
        }
        Ok(left)
    }

    fn one(&mut self, depth: u32) -> Result<Condition, BadRule> {
        if depth == DEPTH_MAX {
            return Err(self.expected(&format!("nothing nested more than {DEPTH_MAX} deep")));
        }
        if self.keyword("not") {
            return Ok(Condition::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.peek() == Some(&Token::Sign('(')) {
            self.at += 1;
            let inside = self.either(depth + 1)?;
            self.sign(')')?;
            return Ok(inside);
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Condition, BadRule> {
        let known = || {
            let names = TextProperty::ALL.iter().map(|(name, _)| *name);
            let lists = ListProperty::ALL.iter().map(|(name, _)| *name);
            let all: Vec<_> = names.chain(["accountEnabled"]).chain(lists).collect();
            format!(
                "a bracket, `-not` or a property, `user.` and one of `{}`,",
                all.join("`, `")
            )
        };
        let name = self
            .word()
            .and_then(|word| word.strip_prefix("user.").map(str::to_owned))
            .ok_or_else(|| self.expected(&known()))?;
        let text = TextProperty::ALL
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(&name));
        if let Some((_, property)) = text {
            self.at += 1;
            return Ok(Condition::Text(*property, self.test()?));
        }
        let list = ListProperty::ALL
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(&name));
        if let Some((_, list)) = list {
            self.at += 1;
            return self.of_list(*list);
        }
        if name != "accountenabled" {
            return Err(self.expected(&known()));
        }
        self.at += 1;
        self.account()
    }

    fn of_list(&mut self, list: ListProperty) -> Result<Condition, BadRule> {
        let any = self.keyword("any");
        if !any && !self.keyword("all") {
            return Err(self.expected("`-any` or `-all`"));
        }
        self.sign('(')?;
        if !self.keyword("_") {
            return Err(self.expected("`_`, the address"));
        }
        let test = self.test()?;
        self.sign(')')?;
        Ok(if any {
            Condition::Any(list, test)
        } else {
            Condition::All(list, test)
        })
    }

    fn account(&mut self) -> Result<Condition, BadRule> {
        let equal = self.keyword("eq");
        if !equal && !self.keyword("ne") {
            return Err(self.expected("`-eq` or `-ne`"));
        }
        let enabled = self.keyword("true");
        if !enabled && !self.keyword("false") {
            return Err(self.expected("`true` or `false`"));
        }
        Ok(Condition::Account(if enabled == equal {
            AccountState::Enabled
        } else {
            AccountState::Disabled
        }))
    }

    fn test(&mut self) -> Result<Test, BadRule> {
        const OPERATORS: &str = "one of `-eq`, `-ne`, `-startsWith`, `-notStartsWith`, `-contains`, `-notContains`, `-match`, `-notMatch`, `-in`, `-notIn`";
        let word = self.word().ok_or_else(|| self.expected(OPERATORS))?;
        let (turned, operator) = match word.as_str() {
            "eq" | "startswith" | "contains" | "match" | "in" => (false, word.as_str()),
            "ne" => (true, "eq"),
            "notstartswith" => (true, "startswith"),
            "notcontains" => (true, "contains"),
            "notmatch" => (true, "match"),
            "notin" => (true, "in"),
            _ => return Err(self.expected(OPERATORS)),
        };
        self.at += 1;
        let test = match operator {
            "eq" if self.keyword("null") => Test::Is(None),
            "eq" => Test::Is(Some(self.text()?)),
            "startswith" => Test::StartsWith(self.text()?),
            "contains" => Test::Contains(self.text()?),
            "match" => self.pattern()?,
            _ => Test::In(self.list()?),
        };
        Ok(if turned {
            Test::Not(Box::new(test))
        } else {
            test
        })
    }

    /// A text in double quotes, in lower case.
    fn text(&mut self) -> Result<String, BadRule> {
        match self.peek() {
            Some(Token::Text(text)) => {
                let text = text.to_lowercase();
                self.at += 1;
                Ok(text)
            }
            _ => Err(self.expected("a text in double quotes")),
        }
    }

    fn pattern(&mut self) -> Result<Test, BadRule> {
        let wrong = self.expected("a regular expression in double quotes");
        let Some(Token::Text(text)) = self.next() else {
            return Err(wrong);
        };
        RegexBuilder::new(&text)
            .case_insensitive(true)
            .size_limit(PATTERN_SIZE_MAX)
            .build()
            .map(Test::Matches)
            .map_err(|_| BadRule {
                found: "that text is none, or too large".to_owned(),
                ..wrong
            })
    }

    fn list(&mut self) -> Result<Vec<String>, BadRule> {
        self.sign('[')?;
        let mut all = vec![self.text()?];
        while self.peek() == Some(&Token::Sign(',')) {
            self.at += 1;
            all.push(self.text()?);
        }
        self.sign(']')?;
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{IdSource, PrincipalId, SeededIds};
    use crate::text::DisplayName;

    fn ada() -> User {
        let text = |text: &str| Some(ShortText::new(text).unwrap());
        User {
            id: PrincipalId::from_uuid(SeededIds::new(1).fresh()),
            user_principal_name: "ada@contoso.example".parse().unwrap(),
            display_name: DisplayName::new("Ada \"A\" Lovelace").unwrap(),
            account: AccountState::Enabled,
            user_type: UserType::Member,
            mail_nickname: None,
            mail: text("ada@contoso.example"),
            given_name: text("Ada"),
            surname: None,
            job_title: text("Senior Engineer"),
            department: text("IT"),
            office_location: None,
            mobile_phone: None,
            preferred_language: None,
            employee_id: None,
            manager: None,
            sponsors: Vec::new(),
            profile: crate::profile::Profile {
                texts: [(ProfileText::City, "London".to_owned())].into(),
                other_mails: vec!["ada@home.example".to_owned()],
                ..crate::profile::Profile::default()
            },
            created_at: "2026-01-01T00:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_rule_holds_for_whom_it_says() {
        for (rule, wanted) in [
            (r#"user.department -eq "it""#, true),
            (r#"USER.Department EQ "IT""#, true),
            (r#"user.department -ne "IT""#, false),
            (r#"user.jobTitle -startsWith "senior""#, true),
            (r#"user.jobTitle -notStartsWith "senior""#, false),
            (
                r#"user.jobTitle -contains "Engin" -and user.accountEnabled -eq true"#,
                true,
            ),
            (r#"user.jobTitle -notContains "x""#, true),
            (r#"user.jobTitle -match "^sen.*er$""#, true),
            (r#"user.jobTitle -notMatch "^x""#, true),
            (r#"user.department -in ["HR", "it"]"#, true),
            (r#"user.department -notIn ["HR","IT"]"#, false),
            ("user.surname -eq null", true),
            ("user.surname -ne null", false),
            (r#"user.surname -ne "x""#, true),
            (r#"user.surname -contains "x""#, false),
            ("user.accountEnabled -ne true", false),
            (r#"user.userType -eq "Member""#, true),
            (r#"user.displayName -eq "Ada `"A`" Lovelace""#, true),
            (r#"user.proxyAddresses -any (_ -startsWith "smtp:")"#, true),
            (r#"user.proxyAddresses -all (_ -contains "other")"#, false),
            (r#"user.otherMails -any (_ -contains "home")"#, true),
            (r#"user.city -eq "london" -and user.country -eq null"#, true),
        ] {
            let read = MembershipRule::parse(rule).unwrap();
            assert_eq!(read.holds(&ada()), wanted, "{rule}");
        }
    }

    #[test]
    fn not_binds_before_and_and_and_before_or() {
        let (yes, no) = (r#"user.department -eq "IT""#, r#"user.department -eq "HR""#);
        for (rule, wanted) in [
            (format!("{yes} -or {no} -and {no}"), true),
            (format!("({yes} -or {no}) -and {no}"), false),
            (format!("-not {no} -and {yes}"), true),
            (format!("-not {yes} -or {yes}"), true),
            (format!("not ({yes} and {yes})"), false),
        ] {
            let read = MembershipRule::parse(&rule).unwrap();
            assert_eq!(read.holds(&ada()), wanted, "{rule}");
        }
    }

    #[test]
    fn what_is_no_rule_is_told_with_the_position_and_what_would_be_right() {
        let deep = format!("{}user.mail -eq null", "-not ".repeat(17));
        for (rule, at, part) in [
            ("", 0, "a property"),
            ("department -eq \"IT\"", 0, "`user.`"),
            ("user.shoeSize -eq \"42\"", 0, "`jobTitle`"),
            ("user.department", 15, "`-eq`"),
            ("user.department -like \"IT\"", 16, "`-contains`"),
            ("user.department -eq IT", 20, "double quotes"),
            ("user.department -eq \"IT", 23, "closing quote"),
            (
                "user.department -eq \"IT\" user.mail -eq null",
                25,
                "`-and`",
            ),
            ("(user.department -eq \"IT\"", 25, "`)`"),
            ("user.department -in \"IT\"", 20, "`[`"),
            ("user.department -in [\"IT\"", 25, "`]`"),
            ("user.department -contains null", 26, "double quotes"),
            ("user.mail -match \"(\"", 17, "regular expression"),
            ("user.accountEnabled -eq \"true\"", 24, "`true`"),
            ("user.proxyAddresses -eq \"x\"", 20, "`-any`"),
            ("user.department = \"IT\"", 16, "an operator"),
            (deep.as_str(), 80, "16 deep"),
        ] {
            let told = MembershipRule::parse(rule).unwrap_err();
            assert_eq!(told.at, at, "{rule}: {told}");
            assert!(told.to_string().contains(part), "{rule}: {told}");
        }
    }
}
