//! A list made with ratatui. Enter works for 4 s in a thread below a gauge. Marks `ask` and `work`.
use std::io::Write;
use std::sync::mpsc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ratatui::crossterm::event::{self, Event, KeyCode};
use ratatui::style::{Modifier, Style};
use ratatui::widgets::{Block, Gauge, List, ListState};

fn mark(label: &str) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let path = std::env::var("DETECT_MARK").unwrap();
    let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
    writeln!(file, "{now:.6} {label}").unwrap();
}

fn work(progress: mpsc::Sender<u16>) {
    for step in 1..=100 {
        std::thread::sleep(Duration::from_millis(40));
        let _ = progress.send(step);
    }
}

fn main() -> std::io::Result<()> {
    let block = std::env::args().any(|a| a == "--block");
    let mut terminal = ratatui::init();
    let mut state = ListState::default().with_selected(Some(0));
    let mut progress: Option<(mpsc::Receiver<u16>, u16)> = None;
    let mut announced = false;
    loop {
        terminal.draw(|frame| match &progress {
            Some((_, done)) => {
                frame.render_widget(Gauge::default().block(Block::bordered().title("Deploying")).percent(*done), frame.area())
            }
            None => frame.render_stateful_widget(
                List::new(["Deploy", "Roll back", "Quit"])
                    .block(Block::bordered().title("What now?"))
                    .highlight_style(Style::new().add_modifier(Modifier::REVERSED)),
                frame.area(),
                &mut state,
            ),
        })?;
        if progress.is_none() && !announced {
            mark("ask");
            announced = true;
        }
        if block || event::poll(Duration::from_millis(250))? {
            if let Event::Key(key) = event::read()? {
                if key.code == KeyCode::Enter && progress.is_none() {
                    let (sender, receiver) = mpsc::channel();
                    std::thread::spawn(move || work(sender));
                    progress = Some((receiver, 0));
                    mark("work");
                    announced = false;
                }
            }
        }
        if let Some((receiver, done)) = &mut progress {
            while let Ok(step) = receiver.try_recv() {
                *done = step;
            }
            if *done >= 100 {
                progress = None;
            }
        }
    }
}
