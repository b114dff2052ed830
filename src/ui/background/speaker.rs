//! The player behind the window: told by commands, asked for its state once a frame, never waited for.

use std::sync::Arc;

use crate::playback::{self, BandSound, FileSound, Gained, GrowingSound, MemorySound, Output, Player, Sound};
use crate::ui::remedy::with_remedy;
use crate::ui::session::command::Command;
use crate::ui::session::listen::{HeardVariant, Listen, Playable, PlayableSamples, VariantSound};

/// Plays the selected file.
#[derive(Debug)]
pub(in crate::ui) struct Speaker {
    player: Option<Player>,
    is_listing: bool,
    /// The samples of the variant that is heard.
    variant: Option<Arc<[f32]>>,
}

impl Speaker {
    /// A speaker on `output` with the volume and the device of `listen`. The device is opened when something is played.
    pub(in crate::ui) fn new(output: impl Output + 'static, listen: &mut Listen) -> Self {
        let player = Player::new(output).inspect_err(|error| listen.failure = Some(with_remedy(error))).ok();
        let mut speaker = Self { player, is_listing: false, variant: None };
        speaker.set_volume(listen, listen.volume);
        if let (Some(player), Some(device)) = (&mut speaker.player, &listen.device) {
            player.set_device(Some(device.id.clone()));
        }
        speaker
    }

    /// True while the devices are being listed.
    pub(in crate::ui) fn is_listing(&self) -> bool {
        self.is_listing
    }

    /// Runs a command that concerns what is heard. Gives back any other.
    pub(in crate::ui) fn run(&mut self, command: Command, listen: &mut Listen) -> Option<Command> {
        // These speak of the file.
        let is_of_file =
            matches!(command, Command::Seek(_) | Command::SetSelection(_) | Command::SetDevice(_));
        if is_of_file && listen.variant.is_some() {
            self.stop(listen);
        }
        match command {
            Command::Play => self.play(listen),
            Command::Stop => self.stop(listen),
            Command::ToggleLoop => {
                listen.is_looped = !listen.is_looped;
                if let Some(player) = &mut self.player {
                    player.set_loop(listen.is_looped);
                }
            }
            Command::Seek(position_s) => self.seek(listen, position_s),
            Command::SetSelection(range_s) => {
                let before_s = listen.range_s();
                listen.select(range_s);
                if listen.is_playing && listen.range_s() != before_s {
                    self.play_from(listen, listen.playhead_s);
                }
            }
            Command::SetBand(band_hz) => {
                listen.band_hz = band_hz;
                if listen.is_playing {
                    self.play_from(listen, listen.playhead_s);
                }
            }
            Command::SetVolume(volume) => self.set_volume(listen, volume),
            Command::SetDevice(device) => {
                if let Some(player) = &mut self.player {
                    player.set_device(device.as_ref().map(|device| device.id.clone()));
                }
                listen.device = device;
                listen.failure = None;
                // What was heard goes on where it is to be heard now.
                if listen.is_playing {
                    self.play_from(listen, listen.playhead_s);
                }
            }
            Command::RefreshDevices => self.refresh_devices(listen),
            other => return Some(other),
        }
        None
    }

    /// Takes what the player has come to into `listen`.
    pub(in crate::ui) fn drain(&mut self, listen: &mut Listen) {
        let Some(player) = &self.player else { return };
        if self.is_listing && !player.is_listing() {
            self.is_listing = false;
            listen.devices = player.devices();
        }
        if !listen.is_playing {
            return;
        }
        match player.state() {
            playback::State::Playing => match &mut listen.variant {
                Some(variant) => variant.position_s = player.position_s(),
                None => listen.playhead_s = player.position_s(),
            },
            playback::State::Stopped => end(listen),
            playback::State::Failed(reason) => {
                listen.failure = Some(reason);
                end(listen);
            }
        }
    }

    /// Ends the sound when another file is selected, or none, or a variant comes into its place: when what is
    /// `playable` is another. With another version of the same it goes on, without a gap.
    pub(in crate::ui) fn follow(&mut self, listen: &mut Listen, playable: Option<Playable>) {
        let [known, wanted] = [&listen.file, &playable].map(|file| file.as_ref().map(|file| &file.subject));
        if known != wanted {
            self.silence();
            listen.turn_to(playable);
            return;
        }
        let is_same = |a: &Playable, b: &Playable| a.samples.is_same(&b.samples);
        let is_other = listen.file.as_ref().zip(playable.as_ref()).is_some_and(|(a, b)| !is_same(a, b));
        listen.file = playable;
        if is_other {
            self.go_on(listen);
        }
    }

    /// Goes on with the variant that is heard as it has become, or ends it where there is none of its number any more.
    pub(in crate::ui) fn follow_variant(&mut self, listen: &mut Listen, sound: Option<VariantSound>) {
        if listen.variant.is_none() {
            return;
        }
        match (sound, &mut self.player) {
            (Some(VariantSound { samples, sample_rate_hz }), Some(player)) => {
                if self.variant.as_ref().is_none_or(|known| !Arc::ptr_eq(known, &samples)) {
                    player.switch(MemorySound::new(Arc::clone(&samples), sample_rate_hz));
                    self.variant = Some(samples);
                }
            }
            _ => self.stop(listen),
        }
    }

    /// Plays the variant `number`, which sounds like `sound`.
    pub(in crate::ui) fn play_variant(&mut self, listen: &mut Listen, number: u32, sound: VariantSound) {
        let Some(player) = &mut self.player else { return };
        let VariantSound { samples, sample_rate_hz } = sound;
        let sound = MemorySound::new(Arc::clone(&samples), sample_rate_hz);
        player.play(sound, 0.0..f64::INFINITY, listen.is_looped);
        self.variant = Some(samples);
        // The playhead of the file waits at the cursor.
        end(listen);
        listen.failure = None;
        listen.is_playing = true;
        listen.variant = Some(HeardVariant { number, position_s: 0.0 });
    }

    /// Goes on with what is heard of the file as it has become, without a gap.
    pub(in crate::ui) fn go_on(&mut self, listen: &Listen) {
        let Some(file) = &listen.file else { return };
        if let (Some(player), true, None) = (&mut self.player, listen.is_playing, listen.variant) {
            match &listen.band_hz {
                Some(band_hz) => player.switch(BandSound::new(sound_of(file), band_hz)),
                None => player.switch(sound_of(file)),
            }
        }
    }

    fn play(&mut self, listen: &mut Listen) {
        self.play_from(listen, listen.start_s());
    }

    /// Plays the range of `listen` from `start_s` on, or from its start where that lies outside.
    fn play_from(&mut self, listen: &mut Listen, start_s: f64) {
        let (Some(player), Some(file)) = (&mut self.player, &listen.file) else { return };
        let range_s = listen.range_s();
        let is_inside = range_s.contains(&start_s);
        listen.playhead_s = if is_inside { start_s } else { range_s.start };
        let (sound, is_looped) = (sound_of(file), listen.is_looped);
        match &listen.band_hz {
            Some(band_hz) => player.play(BandSound::new(sound, band_hz), range_s.clone(), is_looped),
            None => player.play(sound, range_s.clone(), is_looped),
        }
        if listen.playhead_s > range_s.start {
            player.seek(listen.playhead_s);
        }
        listen.failure = None;
        listen.variant = None;
        listen.is_playing = true;
    }

    /// Stops, and goes back to where playing began; when nothing plays, to the start of the range.
    fn stop(&mut self, listen: &mut Listen) {
        self.silence();
        if !listen.is_playing {
            listen.cursor_s = listen.range_s().start;
        }
        end(listen);
    }

    fn seek(&mut self, listen: &mut Listen, position_s: f64) {
        let range_s = listen.range_s();
        listen.point_at(position_s);
        if !listen.is_playing {
            return;
        }
        if listen.range_s() != range_s {
            self.play(listen);
        } else if let Some(player) = &mut self.player {
            player.seek(listen.cursor_s);
            listen.playhead_s = listen.cursor_s;
        }
    }

    fn set_volume(&mut self, listen: &mut Listen, volume: f32) {
        if volume.is_nan() {
            return;
        }
        listen.volume = volume.clamp(0.0, 1.0);
        if let Some(player) = &mut self.player {
            player.set_volume(listen.volume);
        }
    }

    fn refresh_devices(&mut self, listen: &mut Listen) {
        // The open list asks in every frame: an answer that has come and was not taken yet is not thrown away for another.
        if self.is_listing {
            return;
        }
        match self.player.as_mut().map(Player::refresh_devices) {
            Some(Ok(())) => self.is_listing = true,
            Some(Err(error)) => listen.devices = playback::Devices::Failed(with_remedy(&error)),
            None => {}
        }
    }

    fn silence(&mut self) {
        if let Some(player) = &mut self.player {
            player.stop();
        }
    }
}

fn sound_of(file: &Playable) -> Box<dyn Sound> {
    let rate_hz = file.sample_rate_hz;
    match &file.samples {
        PlayableSamples::File => {
            Box::new(Gained::new(FileSound::new(file.subject.path(), rate_hz), file.gain))
        }
        PlayableSamples::Variant(samples) => Box::new(MemorySound::new(Arc::clone(samples), rate_hz)),
        PlayableSamples::Passage { samples, start_frame } => {
            let sound = GrowingSound::new(Arc::clone(samples), *start_frame, rate_hz);
            Box::new(Gained::new(sound, file.gain))
        }
    }
}

fn end(listen: &mut Listen) {
    listen.is_playing = false;
    listen.variant = None;
    listen.playhead_s = listen.cursor_s;
}
