//! What is told when the user stops a request.

use super::{Form, Screen, document::Ending};
use crate::domain::{effect::Effect, event::Event};

impl Screen {
    /// What was done so far, when the user pressed Ctrl-C.
    pub fn interrupted(&self, effect: Effect, record: Option<&str>) {
        if self.form != Form::Text {
            if let Some(doubt) = effect.doubt() {
                self.hear(&Event::Note { text: doubt.to_owned() });
            }
            self.close(&Ending {
                exit_code: 130,
                changed: (effect.made || !effect.open).then_some(effect.made),
                verified: false,
                record: record.map(str::to_owned),
            });
            return;
        }
        let given = self.given();
        let mut state = self.state();
        state.text.settle();
        if state.plans.follow() && effect == Effect::default() {
            return;
        }
        let mut lines = vec![String::new()];
        if effect == Effect::default() {
            lines.push("Stopped: nothing was changed.".to_owned());
        } else {
            lines.push(
                if effect.made {
                    "Stopped. Done before, and not verified:"
                } else {
                    "Stopped."
                }
                .to_owned(),
            );
            lines.extend(state.text.done().iter().map(|done| format!("  {done}")));
            if let Some(doubt) = effect.doubt() {
                lines.push(doubt.to_owned());
                lines.extend(state.plans.looks().map(|line| given.text(&line, None).into_owned()));
            }
            if let Some(command) = state.text.way_on() {
                lines.push(format!("Go on with `{command}`."));
            } else if let Some(command) = state.text.way_back() {
                lines.push(format!("Take it back with `{command}`."));
            }
            lines.extend(record.map(|record| format!("Record: {record}")));
        }
        let look = *state.text.look().1;
        let lines: Vec<String> = lines.iter().flat_map(|line| look.wrapped(line, 4)).collect();
        state.text.to_err(&lines);
    }
}
