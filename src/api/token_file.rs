//! A bearer token that is in a file, which whoever issues it writes anew from time to time.
//!
//! client-go reads such a file once a minute and takes the white space around the token away; where the
//! file cannot be read, the last token goes on, and the kubeconfig's own token is the first one
//! (`transport/token_source.go`). kube sends the file's final newline, and prefers the kubeconfig's token.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::header::{AUTHORIZATION, HeaderValue};
use kube::config::AuthInfo;
use secrecy::ExposeSecret as _;

use super::kubeconfig::{KubeconfigFault, Others, unread};

/// The time for which a token that was read counts as the file's.
const PERIOD: Duration = Duration::from_secs(60);

/// The file of a token, and the header that it gave last. Clones share both.
#[derive(Clone)]
pub(crate) struct TokenFile {
    inner: Arc<Inner>,
}

struct Inner {
    path: String,
    others: Others,
    last: Mutex<(HeaderValue, Instant)>,
}

impl TokenFile {
    /// The token file of a user, read for the first time; `None` for a user without one.
    ///
    /// # Errors
    /// When the file holds no token or cannot be read, and the kubeconfig has no token either.
    pub(crate) fn of(user: &AuthInfo) -> Result<Option<Self>, KubeconfigFault> {
        let Some(path) = user.token_file.clone() else { return Ok(None) };
        let others = user.other.clone();
        let fallback = || user.token.as_ref().and_then(|it| header(it.expose_secret()).ok());
        let header = match (read(&path, &others), fallback()) {
            (Ok(header), _) | (Err(_), Some(header)) => header,
            (Err(fault), None) => return Err(fault),
        };
        let last = Mutex::new((header, Instant::now()));
        Ok(Some(Self { inner: Arc::new(Inner { path, others, last }) }))
    }

    /// Reads the file again, because the server has refused its token.
    pub(crate) fn renew(&self) {
        if let Ok(header) = read(&self.inner.path, &self.inner.others) {
            *self.inner.last.lock().unwrap_or_else(PoisonError::into_inner) =
                (header, Instant::now());
        }
    }

    /// Puts the token into a request.
    pub(crate) fn authorize<B>(&self, mut request: http::Request<B>) -> http::Request<B> {
        let read_at = self.inner.last.lock().unwrap_or_else(PoisonError::into_inner).1;
        if read_at.elapsed() >= PERIOD {
            self.renew();
        }
        let header = self.inner.last.lock().unwrap_or_else(PoisonError::into_inner).0.clone();
        request.headers_mut().insert(AUTHORIZATION, header);
        request
    }
}

fn read(path: &str, others: &Others) -> Result<HeaderValue, KubeconfigFault> {
    let unread = |error: std::io::Error| unread("token file", "tokenFile", path, others, &error);
    let token = std::fs::read(path).map_err(unread)?;
    let whose = |why| KubeconfigFault::Token(format!("the token file {path}"), why);
    header(std::str::from_utf8(&token).map_err(|_| whose(INVALID))?).map_err(whose)
}

/// The description of a token that no header takes.
pub(crate) const INVALID: &str = "characters that are not valid in a token";

/// The header of a token, without the white space around it, or what is wrong with the token.
pub(crate) fn header(token: &str) -> Result<HeaderValue, &'static str> {
    let token = token.trim();
    if token.is_empty() {
        return Err("no token");
    }
    let is_valid = token.chars().all(|it| it.is_ascii_graphic());
    let header = HeaderValue::from_str(&format!("Bearer {token}")).ok().filter(|_| is_valid);
    let mut header = header.ok_or(INVALID)?;
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(path: &std::path::Path, token: Option<&str>) -> AuthInfo {
        AuthInfo {
            token_file: Some(path.display().to_string()),
            token: token.map(|it| it.to_owned().into()),
            ..AuthInfo::default()
        }
    }

    fn sent(user: &AuthInfo) -> Result<String, String> {
        let file = TokenFile::of(user).map_err(|it| it.to_string())?.unwrap();
        let request = file.authorize(http::Request::new(()));
        Ok(request.headers()[AUTHORIZATION].to_str().unwrap().to_owned())
    }

    #[test]
    fn the_token_is_the_files_without_the_white_space_around_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        for (content, own, expected) in [
            ("abc\n", None, Ok("Bearer abc")),
            ("abc\r\n", Some("own"), Ok("Bearer abc")),
            ("\n", Some("own"), Ok("Bearer own")),
            ("a b", Some("own\n"), Ok("Bearer own")),
            ("\n", None, Err("holds no token")),
            ("a\nb", None, Err("holds characters that are not valid in a token")),
        ] {
            std::fs::write(&path, content).unwrap();
            match (sent(&user(&path, own)), expected) {
                (Ok(sent), Ok(expected)) => assert_eq!(sent, expected, "{content:?}"),
                (Err(fault), Err(expected)) => assert!(fault.ends_with(expected), "{fault}"),
                (sent, _) => panic!("{content:?}: {sent:?}"),
            }
        }
        std::fs::remove_file(&path).unwrap();
        assert_eq!(sent(&user(&path, Some("own"))).as_deref(), Ok("Bearer own"));
        let fault = sent(&user(&path, None)).unwrap_err();
        assert!(fault.ends_with("no such file or directory"), "{fault}");
    }

    #[test]
    fn a_refused_token_is_read_anew() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        std::fs::write(&path, "old\n").unwrap();
        let file = TokenFile::of(&user(&path, None)).unwrap().unwrap();
        std::fs::write(&path, "new\n").unwrap();
        let header = |file: &TokenFile| {
            file.authorize(http::Request::new(())).headers()[AUTHORIZATION].clone()
        };
        assert_eq!(header(&file), "Bearer old");
        file.renew();
        assert_eq!(header(&file), "Bearer new");
        std::fs::remove_file(&path).unwrap();
        file.renew();
        assert_eq!(header(&file), "Bearer new");
    }
}
