//! Colours by what they mean, in a light and a dark theme.
//!
//! Hues are told apart by people who see few colours (a test simulates them), and text stands out from the ground by
//! 4.5 to 1 at least. No colour stands for two meanings: the HTML report finds the meaning back from the colour.

use super::Theme;

/// A colour's red, green and blue.
pub(super) type Rgb = (u8, u8, u8);

/// How many suspects have a hue of their own.
pub(super) const HUES: usize = 6;

/// What a colour is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Ink {
    /// Behind everything.
    Ground,
    /// The title.
    Title,
    /// Text to be read.
    Text,
    /// Text at the edge: captions, ticks, the footer.
    Faint,
    /// Horizontal lines.
    Grid,
    /// The axis below.
    Axis,
    /// Where nothing was gained.
    Zero,
    /// Types that are counted, not named.
    Other,
    /// The line from a line's end to its label.
    Leader,
    /// What is fitted to a suspect.
    Fit,
    /// Where there are no snapshots.
    Gap,
    /// Moments.
    Mark,
    /// A suspect and its name.
    Hue(usize),
    /// A type that moves, but does not leak, and its name.
    Calm(usize),
    /// What comes with a suspect.
    Companion(usize),
    /// The name of what comes with a suspect.
    CompanionText(usize),
    /// A band in a suspect's colour.
    Band(usize),
}

impl Ink {
    /// All meanings, for the HTML report's style sheet.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let plain = [
            Self::Ground,
            Self::Title,
            Self::Text,
            Self::Faint,
            Self::Grid,
            Self::Axis,
            Self::Zero,
            Self::Other,
            Self::Leader,
            Self::Fit,
            Self::Gap,
            Self::Mark,
        ];
        plain.into_iter().chain(
            (0..HUES)
                .flat_map(|i| [Self::Hue(i), Self::Calm(i), Self::Companion(i), Self::CompanionText(i), Self::Band(i)]),
        )
    }

    /// The colour in a theme.
    pub(super) fn rgb(self, theme: Theme) -> Rgb {
        let (plain, hues) = match theme {
            Theme::Light => (&LIGHT, &LIGHT_HUES),
            Theme::Dark => (&DARK, &DARK_HUES),
        };
        match self {
            Self::Ground => plain[0],
            Self::Title => plain[1],
            Self::Text => plain[2],
            Self::Faint => plain[3],
            Self::Grid => plain[4],
            Self::Axis => plain[5],
            Self::Zero => plain[6],
            Self::Other => plain[7],
            Self::Leader => plain[8],
            Self::Fit => plain[9],
            Self::Gap => plain[10],
            Self::Mark => plain[11],
            Self::Hue(i) => hues[i % HUES],
            Self::Calm(i) => mix(hues[i % HUES], plain[3], 0.30),
            Self::Companion(i) => mix(hues[i % HUES], plain[0], 0.40),
            Self::CompanionText(i) => mix(hues[i % HUES], plain[1], 0.16),
            Self::Band(i) => mix(hues[i % HUES], plain[0], 0.82),
        }
    }
}

const LIGHT: [Rgb; 12] = [
    (255, 255, 255),
    (24, 28, 36),
    (52, 58, 67),
    (101, 108, 118),
    (235, 237, 241),
    (176, 182, 191),
    (190, 195, 204),
    (207, 211, 218),
    (183, 188, 197),
    (74, 10, 28),
    (244, 245, 247),
    (89, 96, 106),
];
const DARK: [Rgb; 12] = [
    (20, 23, 28),
    (243, 245, 248),
    (212, 217, 223),
    (153, 161, 171),
    (37, 42, 50),
    (84, 92, 103),
    (75, 83, 94),
    (63, 70, 80),
    (92, 100, 111),
    (255, 226, 230),
    (28, 32, 38),
    (165, 172, 182),
];
const LIGHT_HUES: [Rgb; HUES] =
    [(196, 38, 73), (27, 76, 151), (166, 98, 0), (29, 131, 96), (125, 65, 211), (101, 50, 24)];
const DARK_HUES: [Rgb; HUES] =
    [(255, 107, 131), (78, 160, 200), (254, 175, 47), (67, 243, 216), (178, 112, 255), (236, 223, 137)];

/// A colour between two; `part` 0 is the first, 1 the second.
fn mix(a: Rgb, b: Rgb, part: f64) -> Rgb {
    let one = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part).round() as u8;
    (one(a.0, b.0), one(a.1, b.1), one(a.2, b.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linear(c: Rgb) -> [f64; 3] {
        [c.0, c.1, c.2].map(|v| {
            let v = f64::from(v) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        })
    }

    fn luminance(c: Rgb) -> f64 {
        let [r, g, b] = linear(c);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// WCAG 2.1, contrast ratio.
    fn contrast(a: Rgb, b: Rgb) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// CIE L*a*b* of linear red, green, blue under D65.
    fn lab([r, g, b]: [f64; 3]) -> [f64; 3] {
        let x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047;
        let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        let z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883;
        let f = |t: f64| if t > 0.008856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
        [116.0 * f(y) - 16.0, 500.0 * (f(x) - f(y)), 200.0 * (f(y) - f(z))]
    }

    /// Machado, Oliveira, Fernandes (2009), severity 1.0: what people without red, green or blue cones see.
    const SIGHTS: [[[f64; 3]; 3]; 3] = [
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    ];

    fn seen(c: Rgb, sight: &[[f64; 3]; 3]) -> [f64; 3] {
        let l = linear(c);
        lab(std::array::from_fn(|i| (0..3).map(|j| sight[i][j] * l[j]).sum::<f64>().clamp(0.0, 1.0)))
    }

    #[test]
    fn text_stands_out_from_the_ground() {
        for theme in [Theme::Light, Theme::Dark] {
            let ground = Ink::Ground.rgb(theme);
            let mut inks = vec![Ink::Title, Ink::Text, Ink::Faint];
            inks.extend((0..HUES).flat_map(|i| [Ink::Hue(i), Ink::Calm(i), Ink::CompanionText(i)]));
            for ink in inks {
                let ratio = contrast(ink.rgb(theme), ground);
                assert!(ratio >= 4.5, "{ink:?} in {theme:?}: {ratio:.2}");
            }
        }
    }

    #[test]
    fn hues_differ_for_people_who_see_few_colours() {
        for theme in [Theme::Light, Theme::Dark] {
            for sight in &SIGHTS {
                for i in 0..HUES {
                    for j in 0..i {
                        let (a, b) = (seen(Ink::Hue(i).rgb(theme), sight), seen(Ink::Hue(j).rgb(theme), sight));
                        let far = (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f64>().sqrt();
                        // A difference of 2.3 can just be seen; 15 is told apart at a glance, and markers differ, too.
                        assert!(far > 15.0, "{i} and {j} in {theme:?}: {far:.1}");
                    }
                }
            }
        }
    }

    #[test]
    fn no_colour_has_two_meanings() {
        for theme in [Theme::Light, Theme::Dark] {
            let all: Vec<Rgb> = Ink::all().map(|ink| ink.rgb(theme)).collect();
            for (i, a) in all.iter().enumerate() {
                assert!(!all[..i].contains(a), "{a:?} in {theme:?}");
            }
        }
    }
}
