//! `read(4, ..., 1000) = 100`: a call, its arguments, and what must come of it.

use super::Refused;
use super::arguments::{Value, values};
use super::cursor::Cursor;
use crate::call::{
    Argument, Call, EPOLL_BITS, ERRNOS, EpollEvent, EpollOperation, How, MessageFlags, Outcome,
    Queue, Returned, SocketOption,
};
use crate::script::Act;

/// A call: on which descriptor, what, and what must come of it.
pub(super) fn call(at: &mut Cursor<'_>) -> Result<Act, Refused> {
    let start = at.clone();
    let name = at.word();
    if name.is_empty() || !at.eat("(") {
        *at = start;
        return Err(at.unexpected("`<`, `>`, `%{` or a call"));
    }
    let arguments = values(at, ")")?;
    at.expect("=")?;
    let returned = returned(at)?;
    let meant = meaning(name, &arguments).map_err(|what| start.refuse(what));
    let (call, filled) = meant.map_err(|refused| Refused {
        line: start.clone().line(),
        ..refused
    })?;
    let fd = match call {
        Call::Socket | Call::EpollCreate => 0,
        _ => descriptor(&arguments[0]).map_err(|what| start.refuse(what))?,
    };
    let filled = filled.filter(|_| matches!(returned, Returned::Number(_)));
    Ok(Act::Call(fd, call, Outcome { returned, filled }))
}

/// `0`, `0x2 (flags O_RDWR)`, `-1 EPIPE (Broken pipe)`.
fn returned(at: &mut Cursor<'_>) -> Result<Returned, Refused> {
    let number: i64 = at.number("a result")?;
    let is_error = number == -1 && at.peek().is_some_and(|c| c.is_ascii_alphabetic());
    let returned = if is_error {
        let start = at.clone();
        let word = at.word();
        let Some(errno) = errno(word) else {
            *at = start;
            return Err(at.refuse(format!("unknown errno `{word}`")));
        };
        Returned::Errno(errno)
    } else {
        Returned::Number(number)
    };
    if at.eat("(") {
        at.until(")")?;
    }
    Ok(returned)
}

fn errno(word: &str) -> Option<&'static str> {
    ERRNOS.iter().find(|e| **e == word).copied()
}

type Meaning = (Call, Option<Argument>);

/// What a call asks for, and what it must fill in.
fn meaning(name: &str, arguments: &[Value]) -> Result<Meaning, String> {
    let wrong = || format!("`{name}` with these arguments is not in the subset");
    let plain = |call| Ok((call, None));
    match (name, arguments) {
        ("socket", [_, kind, _]) if kind.words() == Some(vec!["SOCK_STREAM"]) => {
            plain(Call::Socket)
        }
        ("socket", _) => Err("expected a socket of SOCK_STREAM".to_owned()),
        ("bind", [_, _, _]) => plain(Call::Bind),
        ("listen", [_, backlog]) => plain(Call::Listen(count(backlog).ok_or_else(wrong)?)),
        ("connect", [_, _, _]) => plain(Call::Connect),
        ("accept", [_, _, _]) => plain(Call::Accept),
        ("read", [_, _, n]) => plain(Call::Read(
            count(n).ok_or_else(wrong)?,
            MessageFlags::default(),
        )),
        ("recv", [_, _, n, flags]) => {
            let flags = message_flags(name, flags)?;
            plain(Call::Read(count(n).ok_or_else(wrong)?, flags))
        }
        ("write", [_, _, n]) => plain(Call::Write(
            count(n).ok_or_else(wrong)?,
            MessageFlags::default(),
        )),
        ("send", [_, _, n, flags]) => {
            let flags = message_flags(name, flags)?;
            plain(Call::Write(count(n).ok_or_else(wrong)?, flags))
        }
        ("sendmsg", [_, message, flags]) => {
            let flags = message_flags(name, flags)?;
            plain(Call::Write(gathered(message)?, flags))
        }
        ("close", [_]) => plain(Call::Close),
        ("shutdown", [_, how]) => plain(Call::Shutdown(direction(how).ok_or_else(wrong)?)),
        ("fcntl", _) => flags_of_descriptor(arguments).ok_or_else(wrong),
        ("ioctl", [_, request, held]) => counted(request, held).ok_or_else(wrong),
        ("setsockopt", [_, _, option, value, _]) => set(option, value),
        ("getsockopt", [_, _, option, value, _]) => get(option, value),
        ("epoll_create", [_]) => plain(Call::EpollCreate),
        ("epoll_ctl", [_, operation, fd, event]) => control(operation, fd, event).ok_or_else(wrong),
        ("epoll_wait", [_, event, _, timeout]) => wait(event, timeout),
        _ => Err(wrong()),
    }
}

fn descriptor(value: &Value) -> Result<u32, String> {
    count(value).ok_or_else(|| "expected a descriptor as the first argument".to_owned())
}

fn count(value: &Value) -> Option<u32> {
    u32::try_from(value.number()?).ok()
}

fn message_flags(name: &str, value: &Value) -> Result<MessageFlags, String> {
    let mut flags = MessageFlags::default();
    let words = value.words();
    let words = words.ok_or_else(|| format!("expected MSG_… flags or 0 in `{name}`"))?;
    for word in words {
        match word {
            "MSG_MORE" if name != "recv" => flags.more = true,
            "MSG_DONTWAIT" => flags.do_not_wait = true,
            "MSG_NOSIGNAL" => {}
            _ => return Err(format!("flag {word} of `{name}` is not in the subset")),
        }
    }
    Ok(flags)
}

/// The bytes of all parts of a message.
fn gathered(message: &Value) -> Result<u32, String> {
    if message.member("msg_control").is_some() {
        return Err("`msg_control` is not in the subset".to_owned());
    }
    let part = |value: &Value| match value {
        Value::Struct(members) => count(&members.get(1)?.1),
        _ => None,
    };
    let sum = match message.member("msg_iov") {
        Some(Value::List(parts)) => parts
            .iter()
            .try_fold(0_u32, |sum, p| sum.checked_add(part(p)?)),
        _ => None,
    };
    sum.ok_or_else(|| "expected `msg_iov(n)=[{..., bytes}, …]`".to_owned())
}

fn direction(how: &Value) -> Option<How> {
    match how.words()?[..] {
        ["SHUT_RD"] => Some(How::Read),
        ["SHUT_WR"] => Some(How::Write),
        ["SHUT_RDWR"] => Some(How::Both),
        _ => None,
    }
}

fn flags_of_descriptor(arguments: &[Value]) -> Option<Meaning> {
    let command = arguments.get(1)?.words()?;
    match (&command[..], arguments.get(2)) {
        (["F_GETFL"], _) => Some((Call::GetFlags, None)),
        (["F_SETFL"], Some(flags)) => {
            let flags = flags.words()?;
            let known = ["O_RDONLY", "O_RDWR", "O_NONBLOCK"];
            let all_known = flags.iter().all(|f| known.contains(f));
            all_known.then(|| (Call::SetFlags(flags.contains(&"O_NONBLOCK")), None))
        }
        _ => None,
    }
}

fn counted(request: &Value, held: &Value) -> Option<Meaning> {
    let queue = match request.words()?[..] {
        ["SIOCINQ" | "FIONREAD"] => Queue::In,
        ["SIOCOUTQ" | "TIOCOUTQ"] => Queue::Out,
        _ => return None,
    };
    Some((Call::Count(queue), Some(Argument::Number(held.held()?))))
}

fn option(value: &Value) -> Result<SocketOption, String> {
    let words = value.words().unwrap_or_default();
    let &[name] = &words[..] else {
        return Err("expected a socket option by its name".to_owned());
    };
    let found = SocketOption::ALL.iter().find(|(.., known)| *known == name);
    found
        .map(|(option, ..)| *option)
        .ok_or_else(|| format!("socket option {name} is not in the subset"))
}

fn set(name: &Value, value: &Value) -> Result<Meaning, String> {
    let option = option(name)?;
    let argument = match option {
        SocketOption::Linger => lingers(value),
        _ => value.held().map(Argument::Number),
    };
    let argument = argument.ok_or_else(|| format!("expected a value for {}", option.name()))?;
    Ok((Call::Set(option, argument), None))
}

fn get(name: &Value, value: &Value) -> Result<Meaning, String> {
    let option = option(name)?;
    let argument = match (option, value) {
        (SocketOption::Linger, value) => lingers(value),
        (SocketOption::Error, Value::List(list)) if list.len() == 1 => match &list[0] {
            Value::Words(words) => errno(&words[0]).map(Argument::Errno),
            held => held.number().map(Argument::Number),
        },
        _ => value.held().map(Argument::Number),
    };
    let argument = argument.ok_or_else(|| format!("expected the value of {}", option.name()))?;
    Ok((Call::Get(option), Some(argument)))
}

/// `{onoff=1, linger=5}`.
fn lingers(value: &Value) -> Option<Argument> {
    let on = value.member("onoff")?.number()?;
    let seconds = count(value.member("linger")?)?;
    Some(Argument::Linger((on != 0).then_some(seconds)))
}

fn control(operation: &Value, fd: &Value, event: &Value) -> Option<Meaning> {
    let operation = match operation.words()?[..] {
        ["EPOLL_CTL_ADD"] => EpollOperation::Add,
        ["EPOLL_CTL_MOD"] => EpollOperation::Modify,
        ["EPOLL_CTL_DEL"] => EpollOperation::Delete,
        _ => return None,
    };
    let events = match event.member("events") {
        Some(events) => bits(events)?,
        None => 0,
    };
    Some((Call::EpollControl(operation, count(fd)?, events), None))
}

fn wait(event: &Value, timeout: &Value) -> Result<Meaning, String> {
    let waits = match timeout.number() {
        Some(0) => false,
        Some(-1) => true,
        _ => return Err("expected a timeout of 0 or -1 in `epoll_wait`".to_owned()),
    };
    let wrong = || "expected `{events=EPOLL…, fd=n}` or `{events=0, ptr=0}`".to_owned();
    let events = event.member("events").and_then(bits).ok_or_else(wrong)?;
    let fd = match event.member("fd") {
        Some(fd) => count(fd).ok_or_else(wrong)?,
        None if events == 0 => 0,
        None => return Err(wrong()),
    };
    let event = EpollEvent { events, fd };
    Ok((Call::EpollWait(waits), Some(Argument::Event(event))))
}

fn bits(value: &Value) -> Option<u32> {
    let bit = |word: &str| EPOLL_BITS.iter().find(|(name, _)| *name == word);
    let words = value.words()?;
    words
        .into_iter()
        .try_fold(0, |all, w| Some(all | bit(w)?.1))
}
