//! Whose picture it is: the one kind of metadata that goes with the picture by default.
//!
//! EXIF has a field for it; XMP says it in Dublin Core, which is taken where EXIF says nothing, and IPTC where neither
//! does.

/// Copyright notice and author.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    /// The notice, without closing zeros. EXIF separates a photographer's and an editor's by a zero.
    pub copyright: Option<Vec<u8>>,
    /// Who made the picture.
    pub artist: Option<Vec<u8>>,
}

/// No notice is longer than that; what is, is something else in the wrong place.
const MAX_LENGTH: usize = 4096;

impl Rights {
    /// What EXIF (a TIFF stream), XMP and IPTC data sets say.
    pub fn find(exif: Option<&[u8]>, xmp: Option<&[u8]>, iptc: Option<&[u8]>) -> Self {
        let in_iptc = iptc.map(super::iptc::rights).unwrap_or_default();
        let in_exif = |tag| exif.and_then(|exif| super::exif::text(exif, tag));
        let in_xmp = |element: &str| xmp.and_then(|xmp| dublin_core(xmp, element)).map(String::into_bytes);
        let usable = |text: Vec<u8>| {
            let text = text.trim_ascii().to_vec();
            (!text.is_empty() && text.len() <= MAX_LENGTH).then_some(text)
        };
        Self {
            copyright: in_exif(super::exif::COPYRIGHT_TAG)
                .and_then(usable)
                .or_else(|| in_xmp("dc:rights").and_then(usable))
                .or_else(|| in_iptc.copyright.and_then(usable)),
            artist: in_exif(super::exif::ARTIST_TAG)
                .and_then(usable)
                .or_else(|| in_xmp("dc:creator").and_then(usable))
                .or_else(|| in_iptc.artist.and_then(usable)),
        }
    }
}

/// The first value of a Dublin Core element: the text of its first `rdf:li`. Only the form that every writer uses
/// is read; anything else counts as nothing said.
fn dublin_core(xmp: &[u8], element: &str) -> Option<String> {
    let xmp = std::str::from_utf8(xmp).ok()?;
    let (_, behind) = xmp.split_once(&format!("<{element}>"))?;
    let (inside, _) = behind.split_once(&format!("</{element}>"))?;
    let (_, item) = inside.split_once("<rdf:li")?;
    // Past the attributes (xml:lang).
    let (_, item) = item.split_once('>')?;
    let (text, _) = item.split_once("</rdf:li>")?;
    (!text.contains('<')).then(|| unescaped(text))
}

/// Text with XML's five named entities resolved. The ampersand comes last, or it would make new ones.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::exif;
    use crate::pixels::Orientation;

    const XMP: &str = r#"<rdf:Description><dc:rights> <rdf:Alt>
        <rdf:li xml:lang="x-default">(c) A &amp; B</rdf:li></rdf:Alt></dc:rights>
        <dc:creator><rdf:Seq><rdf:li>Ann</rdf:li><rdf:li>Ben</rdf:li></rdf:Seq></dc:creator>
        </rdf:Description>"#;

    #[test]
    fn exif_comes_first_and_xmp_fills_in() {
        let said = Rights { copyright: Some(b"me".to_vec()), artist: None };
        let block = exif::build(&said, Orientation::Upright).unwrap();
        let rights = Rights::find(Some(&block), Some(XMP.as_bytes()), None);
        assert_eq!(rights.copyright.unwrap(), b"me");
        assert_eq!(rights.artist.unwrap(), b"Ann");
        let rights = Rights::find(None, Some(XMP.as_bytes()), None);
        assert_eq!(rights.copyright.unwrap(), b"(c) A & B");
    }

    #[test]
    fn what_is_empty_broken_or_endless_says_nothing() {
        for xmp in [
            "<dc:rights></dc:rights>",
            "<dc:rights><rdf:li>",
            "<dc:rights><rdf:li>  </rdf:li></dc:rights>",
            "<dc:rights><rdf:li><b>x</b></rdf:li></dc:rights>",
        ] {
            assert_eq!(Rights::find(None, Some(xmp.as_bytes()), None), Rights::default(), "{xmp}");
        }
        let endless = format!("<dc:rights><rdf:li>{}</rdf:li></dc:rights>", "x".repeat(5000));
        assert_eq!(Rights::find(None, Some(endless.as_bytes()), None), Rights::default());
        assert_eq!(Rights::find(Some(b"MM"), Some(&[0xff, 0xfe]), Some(&[0x1c])), Rights::default());
    }
}
