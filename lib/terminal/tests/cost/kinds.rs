//! Output of many kinds, each a short stretch that is written over and over: what a reader of output
//! may be fed by a program that means harm, or means nothing by it.

/// What all others are measured by: the plain parse. A sequence, and a character to show.
pub const PLAIN: &str = "looks";

/// A name, and what is repeated.
pub const KINDS: &[(&str, &str)] = &[
    (PLAIN, "\x1b[31mx"),
    ("lines", "\x1b[32mok\x1b[m   the 17th of \x1b[1;34mall\x1b[m\x1b[K that there are\r\n\x1b[2K"),
    ("looks in full", "\x1b[0;1;4:3;38;2;10;20;30;48;5;17mx"),
    ("erase the display", "\x1b[2Jx"),
    ("erase the display to the end", "\x1b[H\x1b[Jx"),
    ("erase the line", "\x1b[2Kx"),
    ("erase to the start", "\x1b[1Kx"),
    ("erase characters", "\x1b[99Xx"),
    ("insert characters", "\x1b[9@x"),
    ("delete characters", "\x1b[9Px"),
    ("insert lines", "\x1b[999Lx"),
    ("delete lines", "\x1b[999Mx"),
    ("scroll up", "\x1b[9999Sx"),
    ("scroll down", "\x1b[9999Tx"),
    ("scroll a region", "\x1b[3;9r\x1b[99Sx\n"),
    ("index and back", "\x1b[H\x1bMx\x1b[99H\x1bD"),
    ("move", "\x1b[7;7Hx\x1b[A\x1b[3C"),
    ("columns", "\x1b[70Gx"),
    ("far down", "\x1b[999Bx"),
    ("far right", "\x1b[999Cx"),
    ("marks written over", "e\u{301}e\u{301}e\u{301}e\u{301}\r"),
    ("marks piled on a line", "\u{301}\u{301}\u{301}\u{301}x\x08\x08"),
    ("save and restore", "\x1b7\x1b[Hx\x1b8"),
    ("alternate screen", "\x1b[?1049hx\x1b[?1049l"),
    ("alternate screen alone", "\x1b[?47h\x1b[?47l"),
    ("alternate screen kept", "\x1b[?47hx\x1b[?47l"),
    ("modes", "\x1b[?2004h\x1b[?25lx\x1b[?25h"),
    ("unknown modes", "\x1b[?7777;8888;9999hx"),
    ("synchronized updates", "\x1b[?2026hx\x1b[?2026l"),
    ("queries", "\x1b[6nx\x1b[c"),
    ("alignment pattern", "\x1b#8x"),
    ("alignment pattern erased", "\x1b#8\x1b[2J"),
    ("alignment pattern scrolled", "\x1b#8\x1b[9S\x1b[9T"),
    ("erase the display in colours", "\x1b[41m\x1b[2J\x1b[42m\x1b[2Jx"),
    ("protected", "\x1b[1\"qx\x1b[?2K\x1b[0\"q"),
    ("tab stops", "\x1b[3gx\x1bH\t"),
    ("tabs forth and back", "\x1b[9999I\x1b[9999Zx"),
    ("all tab stops", "\x1b[?5Wx"),
    ("soft reset", "\x1b[!px"),
    ("132 columns", "\x1b[?3hx"),
    ("character sets", "\x1b(0q\x1b(B\x0e\x0fx"),
    ("titles", "\x1b]2;a title\x07x"),
    ("titles on the stack", "\x1b[22tx\x1b[23t"),
    ("titles piled up", "\x1b[22tx"),
    ("prompt marks", "\x1b]133;A\x07$ \x1b]133;B\x07"),
    ("notifications", "\x1b]9;done\x07x"),
    ("progress", "\x1b]9;4;1;50\x07x"),
    ("directory", "\x1b]7;file://h/d\x07x"),
    ("links", "\x1b]8;;http://a/b\x1b\\x\x1b]8;;\x1b\\"),
    ("palette", "\x1b]4;1;#123456\x07x"),
    ("colours", "\x1b]11;#123456\x1b\\x"),
    ("status reports", "\x1b]7501;state=busy\x07x"),
    ("clipboard", "\x1b]52;c;aGVsbG8=\x07x"),
    ("unknown commands", "\x1b]1337;SetMark\x07x"),
    ("device control", "\x1bPq#0;2;0;0;0#0~~\x1b\\x"),
    ("application command", "\x1b_Gi=1;AAAA\x1b\\x"),
    ("keyboard flags", "\x1b[>1ux\x1b[<u"),
    ("keyboard flags piled up", "\x1b[>1ux"),
    (
        "many parameters",
        "\x1b[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18;19;20;21;22;23;24;25;26;27;28;29;30;31;32;33;34;35mx",
    ),
    ("broken off", "\x1b[12\x18x"),
    ("escapes alone", "\x1b"),
    ("bells", "\x07"),
    ("line feeds", "\n"),
    ("carriage returns", "x\r"),
    ("backspaces", "x\x08"),
    ("wide text", "日本語\r\n"),
    ("marks", "e\u{301}"),
    ("marks on one cell", "\u{301}"),
    ("emoji", "⚠\u{fe0f}👍🏽"),
    ("families", "👨\u{200d}👩\u{200d}👧"),
    ("not UTF-8", "\u{fffd}"),
    ("insert mode", "\x1b[4hx\x1b[4l"),
    ("origin", "\x1b[2;5r\x1b[?6hx\x1b[?6l"),
    ("full reset", "\x1bcx"),
    ("repeat without autowrap", "\x1b[?7lx\x1b[99999b"),
    ("reset from the alternate screen", "\x1b[?47hx\x1bc"),
    ("resize asked for", "\x1b[8;50;132tx"),
];

/// A few bytes each that fill a whole screen, or most of it: rows that are alike are not written one by one.
pub const WHOLE: &[(&str, &str)] = &[
    ("repeat", "x\x1b[99999b"),
    ("repeat wide", "日\x1b[99999b"),
    ("repeat most of a screen", "x\x1b[1800b"),
    ("repeat between margins", "\x1b[?69h\x1b[3;9sx\x1b[99999b"),
    ("repeat in insert mode", "\x1b[4hx\x1b[99999b"),
    ("repeat a drawing", "\x1b(Bx\x1b(0\x1b[99999b"),
    ("repeat in a region", "\x1b[2;20rx\x1b[99999b"),
    ("repeat below a region", "\x1b[1;2r\x1b[3Hx\x1b[99999b"),
    ("repeat over a screen and a half", "x\x1b[2500b"),
    ("repeat a line", "x\x1b[80b"),
    ("repeat and erase", "x\x1b[999b\x1b[1J\x1b[J"),
    ("erase up and down", "\x1b[12H\x1b[J\x1b[1J"),
    ("erase and scroll a part", "\x1b[2J\x1b[2;9r\x1b[S\x1b[r"),
    ("insert in front of text", "\x1b[4hfull of it\r"),
    ("insert and delete in a full line", "\r\x1b[@x\x1b[P"),
    ("erase below and write above", "\x1b[J\x1b[12Hx\x1b[3Hx"),
];

/// A few bytes each that write or move cells of each row alone, since what is beside the margins stays; and how
/// many cells of a screen of 80 columns and 24 rows that is.
pub const CELLS: &[(&str, &str, usize)] = &[
    ("scroll between margins", "\x1b[?69h\x1b[3;9s\x1b[Sx", 7 * 24),
    ("scroll between margins down", "\x1b[?69h\x1b[3;9s\x1b[5Tx", 7 * 24),
    ("scroll between wide margins", "\x1b[?69h\x1b[2;79s\x1b[Sx", 2 * 24 + 78),
    ("repeat between wide margins", "\x1b[?69h\x1b[2;79sx\x1b[99999b", 78 * 24),
];

/// Strings and sequences that never end: what begins them, and what goes on.
pub const ENDLESS: &[(&str, &str, &str)] = &[
    ("an endless title", "\x1b]2;", "abc"),
    ("an endless device control", "\x1bPq", "abc"),
    ("an endless control sequence", "\x1b[", "1;2:"),
    ("an endless line of marks", "e", "\u{301}"),
    ("an endless pair of escapes", "\x1b[1", "\x1b[1"),
    ("a paste without an end", "\x1b[200~", "\x1b[201"),
];

/// At least `len` bytes of `unit` after `head`.
pub fn stream(head: &str, unit: &str, len: usize) -> Vec<u8> {
    let mut bytes = head.as_bytes().to_vec();
    bytes.extend(unit.bytes().cycle().take(len.div_ceil(unit.len()) * unit.len()));
    bytes
}

/// What is repeated of the kind of that name.
pub fn unit(name: &str) -> &'static str {
    KINDS.iter().find(|(known, _)| *known == name).map_or("x", |(_, unit)| unit)
}
