//! Who looks at the page, and on what.

use serde_json::{Value, json};

/// A reader, as far as the page can tell one from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reader {
    /// Width and height of the visible page, in CSS pixels. Under 700 wide it is a phone: touch, no
    /// mouse.
    pub viewport: (u32, u32),
    /// The colours.
    pub scheme: Scheme,
    /// Whether moving pictures are welcome.
    pub motion: Motion,
    /// The language that the browser asks for.
    pub language: Language,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            viewport: (1440, 1000),
            scheme: Scheme::Light,
            motion: Motion::Full,
            language: Language::English,
        }
    }
}

impl Reader {
    /// Somebody with a phone.
    pub fn with_phone() -> Self {
        Self {
            viewport: (390, 844),
            ..Self::default()
        }
    }

    pub(crate) fn has_phone(&self) -> bool {
        self.viewport.0 < 700
    }

    /// As the parameters of the DevTools command `Emulation.setEmulatedMedia`.
    pub(crate) fn media(&self) -> Value {
        let (scheme, forced) = match self.scheme {
            Scheme::Light => ("light", "none"),
            Scheme::Dark => ("dark", "none"),
            Scheme::ForcedDark => ("dark", "active"),
        };
        let motion = match self.motion {
            Motion::Full => "no-preference",
            Motion::Reduced => "reduce",
        };
        json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": motion },
            { "name": "forced-colors", "value": forced },
        ] })
    }

    /// As the parameters of the DevTools command `Emulation.setDeviceMetricsOverride`; a window
    /// cannot be as narrow as a phone.
    pub(crate) fn screen(&self) -> Value {
        let (width, height) = self.viewport;
        let mobile = self.has_phone();
        json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile })
    }
}

/// `prefers-color-scheme`, and `forced-colors`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark text on a light ground.
    Light,
    /// Light text on a dark ground.
    Dark,
    /// The reader's own few colours on a dark ground, whatever the page says.
    ForcedDark,
}

/// `prefers-reduced-motion`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// No preference.
    Full,
    /// As little as possible.
    Reduced,
}

/// The first of `navigator.languages`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `en-US`.
    English,
    /// `zh-CN`.
    Chinese,
}

impl Language {
    /// As the parameter of the DevTools command `Emulation.setUserAgentOverride`.
    pub(crate) fn accepted(self) -> &'static str {
        match self {
            Self::English => "en-US,en",
            Self::Chinese => "zh-CN,zh",
        }
    }
}
