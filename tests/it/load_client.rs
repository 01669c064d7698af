//! The load client itself: what it makes of answers, forms and addresses.

use std::io::{self, Read};

use hirokiku::text::ReceiptCode;

use crate::client::{Client, Form, read_answer, receipt_code};

#[test]
fn answers_are_read_whole_however_they_are_cut_up() {
    /// Gives its bytes a few at a time, as a slow network would.
    struct Drip(Vec<u8>, usize);

    impl Read for Drip {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let some = self.1.min(self.0.len()).min(into.len());
            into[..some].copy_from_slice(&self.0[..some]);
            self.0.drain(..some);
            Ok(some)
        }
    }

    let two = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nX: 1\r\n\r\n広聴HTTP/1.1 200 OK\r\n\
               Transfer-Encoding: chunked\r\n\r\n3\r\n\u{5e83}\r\n3;x=y\r\n\u{8074}\r\n0\r\nTrailer: z\r\n\r\n\
               HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n";
    for step in [1, 2, 7, 4096] {
        let (mut wire, mut inbox) = (Drip(two.as_bytes().to_vec(), step), Vec::new());
        let first = read_answer(&mut wire, &mut inbox).expect("a length");
        assert_eq!((first.status, first.text().as_str(), first.header("x")), (200, "広聴", Some("1")));
        assert_eq!(read_answer(&mut wire, &mut inbox).expect("chunks").text(), "広聴");
        assert_eq!(read_answer(&mut wire, &mut inbox).expect("no body").status, 304);
        assert!(read_answer(&mut wire, &mut inbox).is_err(), "the end");
    }
}

#[test]
fn an_answer_that_breaks_off_is_lost_and_not_half_a_page() {
    for cut in ["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "HTTP/1.1 200 OK\r\nContent-Le"] {
        assert!(read_answer(&mut cut.as_bytes(), &mut Vec::new()).is_err());
    }
}

#[test]
fn the_form_with_the_right_address_is_found_with_its_hidden_fields() {
    let html = "<form action=\"/q\"><input type=\"hidden\" name=\"x\" value=\"1\"></form>\
        <form method=\"post\" action=\"/letters\"><input type=\"hidden\" name=\"csrf\" value=\"a&amp;b\">\
        <input name=\"seen\" value=\"2\"><input type=\"hidden\" name=\"body\" value=\"一行\n&lt;二行&gt;\"></form>";
    let form = Form::find(html, "/letters").expect("the second form");
    let fields: Vec<_> = form.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(fields, [("csrf", "a&b"), ("body", "一行\n<二行>")]);
}

#[test]
fn a_receipt_code_is_told_from_a_telephone_number_by_its_check_digit() {
    let right = ReceiptCode::from_random([7; 16]);
    let page = format!("<p>083-231-1111 1234-5678-9010 <b>{right}</b>");
    assert_eq!(receipt_code(&page), Some(right.digits()));
    assert_eq!(receipt_code("1234-5678-9010"), None);
}

#[test]
#[should_panic(expected = "not this machine")]
fn load_is_made_on_this_machine_only() {
    drop(Client::new("192.0.2.1:80".parse().expect("an address")));
}
