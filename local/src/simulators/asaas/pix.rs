//! `/v3/payments/{id}/pixQrCode`: the copy-and-paste text (BR Code) and its picture.

use std::{io, sync::Arc};

use axum::{
    Json,
    extract::{Path, State},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use crc::{CRC_16_IBM_3740, Crc};
use jiff::{ToSpan, civil::Date};
use qrcode::{Color, QrCode};
use serde_json::{Value, json};

use super::{
    Asaas,
    error::AsaasError,
    model::{Account, Billing, Payment},
    rows,
    wire::Caller,
};

const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);
const MERCHANT_MAX_CHARS: usize = 25;
const CITY_MAX_CHARS: usize = 15;
/// A picture's square, in pixels, and the white border that readers need, in squares.
const SQUARE: usize = 8;
const QUIET_ZONE: usize = 4;

pub(super) async fn read(
    State(asaas): State<Arc<Asaas>>,
    Caller(account): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, AsaasError> {
    let payment = asaas
        .database
        .transact(|transaction| rows::payment_of(transaction, &account, &id))?;
    if payment.billing == Billing::CreditCard || payment.deleted {
        let text = "Esta cobrança não permite pagamento via Pix.";
        return Err(AsaasError::refused("invalid_action", text));
    }
    let Code { payload, image } = code(&account, &payment)?;
    Ok(Json(json!({
        "encodedImage": image,
        "payload": payload,
        "expirationDate": format!("{} 23:59:59", twelve_months_after(payment.due)),
        "description": payment.description,
    })))
}

/// A code's two forms.
pub(super) struct Code {
    /// The copy-and-paste text.
    pub(super) payload: String,
    /// The picture, a PNG in base64.
    pub(super) image: String,
}

/// The code with which a charge is paid.
pub(super) fn code(account: &Account, payment: &Payment) -> Result<Code, AsaasError> {
    let payload = br_code(account, &payment.id);
    let image = picture(&payload).map_err(|error| {
        tracing::error!(%error, "the picture of a PIX code could not be drawn");
        AsaasError::refused("invalid_action", "Não foi possível gerar o QR Code.")
    })?;
    let image = BASE64_STANDARD.encode(image);
    Ok(Code { payload, image })
}

/// A dynamic code can be paid for twelve months after its due date (providers §1.6).
fn twelve_months_after(due: Date) -> Date {
    due.checked_add(12.months()).unwrap_or(due)
}

/// The text of a dynamic code; the amount is looked up when it is scanned, so it is not in it (providers §5.4).
fn br_code(account: &Account, payment: &str) -> String {
    let location = format!("pix-local.comanda.example/cobv/{payment}");
    let account_information = field("00", "br.gov.bcb.pix") + &field("25", &location);
    let additional = field("05", "***");
    let code = [
        field("00", "01"),
        field("01", "12"),
        field("26", &account_information),
        field("52", "0000"),
        field("53", "986"),
        field("58", "BR"),
        field("59", &ascii(&account.name, MERCHANT_MAX_CHARS)),
        field("60", &ascii(&account.city, CITY_MAX_CHARS)),
        field("62", &additional),
        "6304".to_owned(),
    ]
    .concat();
    let checksum = CRC.checksum(code.as_bytes());
    format!("{code}{checksum:04X}")
}

fn field(id: &str, value: &str) -> String {
    format!("{id}{:02}{value}", value.len())
}

/// Lengths count bytes, so accents are written without.
fn ascii(text: &str, max_chars: usize) -> String {
    let plain = |c: char| match c {
        'á' | 'à' | 'ã' | 'â' => 'a',
        'é' | 'ê' => 'e',
        'í' => 'i',
        'ó' | 'õ' | 'ô' => 'o',
        'ú' | 'ü' => 'u',
        'ç' => 'c',
        'Á' | 'À' | 'Ã' | 'Â' => 'A',
        'É' | 'Ê' => 'E',
        'Í' => 'I',
        'Ó' | 'Õ' | 'Ô' => 'O',
        'Ú' | 'Ü' => 'U',
        'Ç' => 'C',
        c => c,
    };
    let text: String = text
        .chars()
        .map(plain)
        .filter(|c| c.is_ascii_graphic() || *c == ' ')
        .take(max_chars)
        .collect();
    text.trim().to_owned()
}

/// The code as a black and white PNG.
fn picture(payload: &str) -> io::Result<Vec<u8>> {
    let code = QrCode::new(payload).map_err(io::Error::other)?;
    let colors = code.to_colors();
    let width = (code.width() + 2 * QUIET_ZONE) * SQUARE;
    let is_dark = |x: usize, y: usize| {
        let place = |pixel: usize| (pixel / SQUARE).checked_sub(QUIET_ZONE);
        match (place(x), place(y)) {
            (Some(x), Some(y)) if x < code.width() => {
                colors.get(y * code.width() + x) == Some(&Color::Dark)
            }
            _ => false,
        }
    };
    let pixels: Vec<u8> = (0..width * width)
        .map(|at| {
            if is_dark(at % width, at / width) {
                0
            } else {
                255
            }
        })
        .collect();
    let side = u32::try_from(width).map_err(io::Error::other)?;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(io::Error::other)?;
    writer.write_image_data(&pixels).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_of_the_published_samples() {
        let check = |code: &str| {
            let (text, checksum) = code.split_at(code.len() - 4);
            assert_eq!(format!("{:04X}", CRC.checksum(text.as_bytes())), checksum);
        };
        check(
            "00020101021226730014br.gov.bcb.pix2551pix-h.asaas.com/pixqrcode/cobv/pay_76575613967995145204000053039865802BR5905ASAAS6009Joinville61088922827162070503***63045E7A",
        );
        check(
            "00020101021226910014br.gov.bcb.pix2569pix-h.example.com/pixqrcode/cobv/8b3da2f3-9a41-40d1-a91a-bd93113bd4415204000053039865802BR5921PIZZARIA SOL NASCENTE6009SAO PAULO62070503***6304C7C8",
        );
    }

    #[test]
    fn names_lose_their_accents_and_their_excess() {
        let check = |text: &str, expected: &str| assert_eq!(ascii(text, 25), expected);
        check("Açaí & Cia", "Acai & Cia");
        check("Restaurante Sabor Brasileiro", "Restaurante Sabor Brasile");
        check("São José 🍕", "Sao Jose");
    }

    #[test]
    fn the_picture_is_a_square_png() {
        let file = picture("00020101021226").unwrap();
        let mut reader = png::Decoder::new(io::Cursor::new(file))
            .read_info()
            .unwrap();
        let info = reader.info();
        assert_eq!(info.width, info.height);
        assert_eq!(info.width as usize % SQUARE, 0);
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        // The quiet zone is white, and the first square of the finder pattern is black.
        let at = |x: usize, y: usize| pixels[y * reader.info().width as usize + x];
        assert_eq!(at(0, 0), 255);
        assert_eq!(at(QUIET_ZONE * SQUARE, QUIET_ZONE * SQUARE), 0);
    }
}
