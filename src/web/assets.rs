//! Style sheet, scripts and pictures, embedded in the binary. Their address carries a hash of the
//! content, so a browser keeps them for a year and still never shows an old one.

use std::sync::LazyLock;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, EntityTag, Header as _, IfNoneMatch, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse, web};
use sha2::{Digest as _, Sha256};

/// The route of [`asset`]: `{hash}` is of its content, `{name}` a name of the table.
pub const ROUTE: &str = "/assets/{hash}/{name}";

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Name, content type, content: the only list of what is embedded.
const TABLE: [(&str, &str, &str); 14] = [
    // one request: the tokens stand before what uses them
    (
        "hirokiku.css",
        CSS,
        concat!(include_str!("../../assets/tokens.css"), include_str!("../../assets/hirokiku.css")),
    ),
    ("favicon.svg", "image/svg+xml", include_str!("../../assets/favicon.svg")),
    ("draft.js", SCRIPT, include_str!("../../assets/draft.js")),
    ("counter.js", SCRIPT, include_str!("../../assets/counter.js")),
    ("similar.js", SCRIPT, include_str!("../../assets/similar.js")),
    ("focus.js", SCRIPT, include_str!("../../assets/focus.js")),
    ("keys.js", SCRIPT, include_str!("../../assets/keys.js")),
    ("mask.js", SCRIPT, include_str!("../../assets/mask.js")),
    ("leave.js", SCRIPT, include_str!("../../assets/leave.js")),
    ("cut.js", SCRIPT, include_str!("../../assets/cut.js")),
    ("once.js", SCRIPT, include_str!("../../assets/once.js")),
    ("puzzle.js", SCRIPT, include_str!("../../assets/puzzle.js")),
    ("autosave.js", SCRIPT, include_str!("../../assets/autosave.js")),
    ("pick.js", SCRIPT, include_str!("../../assets/pick.js")),
];

/// One embedded file.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    content: &'static str,
    /// First 16 hex digits of the SHA-256 of the content.
    hash: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    TABLE
        .iter()
        .map(|&(name, content_type, content)| {
            let mut hash = hex::encode(Sha256::digest(content));
            hash.truncate(16);
            Asset { name, content_type, content, hash }
        })
        .collect()
});

fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// The address of an embedded file, such as `/assets/0123456789abcdef/hirokiku.css`. A name that is not
/// embedded gives an address that answers 404 (a test over every page's links finds it).
pub fn href(name: &str) -> String {
    let hash = find(name).map_or("none", |asset| &asset.hash);
    format!("/assets/{hash}/{name}")
}

/// `GET /assets/{hash}/{name}`. The right hash may be kept for ever; another one (a page opened before an
/// upgrade) gets today's file, not to be kept. An unknown name is 404.
pub async fn asset(path: web::Path<(String, String)>, request: HttpRequest) -> HttpResponse {
    let (hash, name) = path.into_inner();
    let Some(asset) = find(&name) else {
        return HttpResponse::NotFound()
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .content_type("text/plain; charset=utf-8")
            .body("ファイルが見つかりません。\n");
    };
    let tag = EntityTag::new_strong(asset.hash.clone());
    let keep = if hash == asset.hash { "public, max-age=31536000, immutable" } else { "no-cache" };
    let held = match IfNoneMatch::parse(&request) {
        Ok(IfNoneMatch::Any) => false,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|held| held.weak_eq(&tag)),
        Err(_) => false,
    };
    let mut answer = if held { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer
        .insert_header((CACHE_CONTROL, keep))
        .insert_header((ETAG, tag.to_string()))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CONTENT_TYPE, asset.content_type));
    if held { answer.finish() } else { answer.body(asset.content) }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::{App, web};

    use super::*;

    async fn get(address: &str, tag: Option<&str>) -> (StatusCode, String, String) {
        let app = init_service(App::new().route(ROUTE, web::get().to(asset))).await;
        let mut request = TestRequest::get().uri(address);
        if let Some(tag) = tag {
            request = request.insert_header(("if-none-match", tag));
        }
        let answer = call_service(&app, request.to_request()).await;
        let status = answer.status();
        let header = |name: &str| {
            answer.headers().get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default()
        };
        let headers = format!("{}; {}", header("cache-control"), header("content-type"));
        assert_eq!(header("x-content-type-options"), "nosniff");
        (status, headers, String::from_utf8(read_body(answer).await.to_vec()).unwrap())
    }

    #[actix_web::test]
    async fn every_embedded_file_is_served_at_its_own_address_and_kept_for_a_year() {
        for (name, content_type, content) in TABLE {
            let (status, headers, body) = get(&href(name), None).await;
            assert_eq!(status, StatusCode::OK, "{name}");
            assert_eq!(headers, format!("public, max-age=31536000, immutable; {content_type}"));
            assert_eq!(body, content);
        }
    }

    #[actix_web::test]
    async fn a_page_from_before_an_upgrade_gets_the_new_file_but_may_not_keep_it() {
        let (status, headers, _) = get("/assets/0000000000000000/hirokiku.css", None).await;
        assert_eq!(status, StatusCode::OK);
        assert!(headers.starts_with("no-cache;"), "{headers}");
    }

    #[actix_web::test]
    async fn what_the_browser_already_holds_is_not_sent_again() {
        let hash = href("once.js").split('/').nth(2).unwrap().to_owned();
        let (status, _, body) = get(&href("once.js"), Some(&format!("\"{hash}\""))).await;
        assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""));
        let (status, _, _) = get(&href("once.js"), Some("\"another\"")).await;
        assert_eq!(status, StatusCode::OK);
    }

    #[actix_web::test]
    async fn an_unknown_name_is_not_found() {
        assert_eq!(get("/assets/0000000000000000/secret.txt", None).await.0, StatusCode::NOT_FOUND);
        assert_eq!(get(&href("secret.txt"), None).await.0, StatusCode::NOT_FOUND);
    }

    #[test]
    fn no_embedded_file_names_another_host() {
        for (name, _, content) in TABLE {
            for line in content.lines() {
                let outside = line.contains("//") && (line.contains("http:") || line.contains("https:"));
                assert!(!outside || line.contains("http://www.w3.org/2000/svg"), "{name}: {line}");
                assert!(!line.contains("@import"), "{name}: {line}");
            }
        }
    }
}
