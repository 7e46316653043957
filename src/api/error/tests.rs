//! Errors, and what they tell.

use std::io;

use super::*;
use crate::api::plugin::PluginFault;

/// An error that says what a library says, and has no other type.
fn said(words: &str) -> kube::Error {
    let inner = std::io::Error::other(words.to_owned());
    kube::Error::Service(Box::new(std::io::Error::other(inner)))
}

#[test]
fn credentials_that_are_wrong_are_no_fault_of_the_connection() {
    let header = http::HeaderValue::from_str("a\n").unwrap_err();
    let plugin = PluginFault::Answer("login".to_owned(), "no credentials");
    for error in [
        kube::Error::Service(Box::new(header)),
        kube::Error::Service(Box::new(plugin)),
        said("received fatal alert: CertificateExpired"),
    ] {
        let fault = Fault::from_kube(&error, None);
        assert!(matches!(fault, Fault::Credentials(_)), "{error:?}: {fault}");
        assert!(!fault.is_passing() && fault.is_final(), "{fault}");
    }
    let fault = Fault::from_kube(&said("connection reset by peer"), None);
    assert!(fault.is_passing(), "{fault}");
}

#[test]
fn an_answer_is_an_api_servers_only_if_it_is_in_its_words() {
    let of = |code: u16, body: &str| {
        Fault::from_answer(StatusCode::from_u16(code).unwrap(), body.as_bytes(), None)
    };
    let status = r#"{"kind": "Status", "status": "Failure", "code": 403, "reason": "Forbidden"}"#;
    assert!(of(403, status).is_code(403));
    assert!(of(404, "404 page not found\n").is_code(404));
    for (code, body, is_passing) in [
        (429, "Too many requests, please try again later.\n", true),
        (503, "service unavailable\n", true),
        (503, "Error trying to reach service: 'CANARY'\n", true),
        (500, "This request caused apiserver to panic. Look in the logs for details.\n", false),
    ] {
        let fault = of(code, body);
        assert!(fault.is_code(code) && fault.is_passing() == is_passing, "{fault}");
        assert!(!fault.to_string().contains("CANARY"), "{fault}");
    }
    let fault = of(400, "Client sent an HTTP request to an HTTPS server.\n");
    assert!(fault.is_final() && fault.to_string().contains("https://"), "{fault}");
    // The same words with another code are a proxy's.
    assert!(matches!(of(502, "service unavailable\n"), Fault::Gateway(_)));
    for (code, body) in [
        (404, "<html>404 page not found</html>"),
        (404, "not here"),
        (404, "404 page not found - router"),
        (404, ""),
        (404, "{}"),
        (403, "<html>CANARY</html>"),
        (403, "Forbidden"),
        (302, ""),
        (401, "<html>log in</html>"),
        (503, "<html>no server</html>"),
    ] {
        let fault = of(code, body);
        assert!(!fault.is_code(code) && fault.code() == Some(code), "{code} {body}");
        assert!(!fault.is_absence());
        let shown = fault.to_string();
        assert!(shown.contains("does not come from an API server"), "{shown}");
        assert!(!shown.contains("CANARY"), "{shown}");
        assert_eq!(fault.is_passing(), code == 503);
    }
}

#[test]
fn a_refused_impersonation_is_a_fault_of_the_credentials_and_not_of_what_is_read() {
    let of = |kind: &str, message: &str| {
        let details = serde_json::json!({"name": "alice", "kind": kind});
        let status = serde_json::json!({
            "kind": "Status", "code": 403, "reason": "Forbidden", "message": message, "details": details,
        });
        Fault::from_answer(StatusCode::FORBIDDEN, status.to_string().as_bytes(), None)
    };
    for kind in ["users", "groups", "serviceaccounts", "uids", "userextras"] {
        let message = format!("{kind} \"alice\" is forbidden: User \"v\" cannot impersonate it");
        let fault = of(kind, &message);
        assert!(matches!(fault, Fault::Credentials(_)) && fault.is_final(), "{fault:?}");
        assert_eq!(fault.to_string(), format!("Error from server (Forbidden): {message}"));
    }
    assert!(of("machines", "denied request: users cannot impersonate a master").is_code(403));
}

#[test]
fn a_webhook_that_cannot_be_asked_is_named_and_the_values_of_an_object_are_not() {
    let of = |message: &str| {
        let status = serde_json::json!({
            "kind": "Status", "code": 500, "reason": "InternalError", "message": message,
        });
        let body = status.to_string();
        let code = StatusCode::INTERNAL_SERVER_ERROR;
        Fault::from_answer(code, body.as_bytes(), Some(Kind::MachineConfig)).to_string()
    };
    let webhook = "Internal error occurred: failed calling webhook \"validate.kyverno.svc-fail\": failed to call webhook: \
                   Post \"https://kyverno-svc.kyverno.svc:443/validate/fail?timeout=10s\": dial tcp 10.0.0.1:443: connect: \
                   connection refused";
    let shown = of(webhook);
    assert!(shown.contains("validate.kyverno.svc-fail") && shown.contains("refused"), "{shown}");
    let shown = of("Internal error occurred: cannot decode CANARY");
    assert!(!shown.contains("CANARY"), "{shown}");
}

#[test]
fn what_a_server_says_as_it_leaves_is_not_repeated() {
    let words = "connection error received: internal error (b\"data:,CANARY\")";
    let error = kube::Error::Service(std::io::Error::other(words).into());
    let shown = Fault::from_kube(&error, None).at(&endpoint("of the kubeconfig")).to_string();
    assert!(shown.contains("internal error") && !shown.contains("CANARY"), "{shown}");
}

fn endpoint(authorities: &'static str) -> Endpoint {
    Endpoint { address: "h:6443".to_owned(), url: "https://h:6443".to_owned(), authorities }
}

#[test]
fn an_unknown_authority_is_told_with_the_place_of_those_that_are_known() {
    let unknown = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
    let error = kube::Error::Service(std::io::Error::other(unknown).into());
    for (authorities, hint) in [
        ("of the kubeconfig", "oc login"),
        ("of the file of --certificate-authority", "set the file"),
    ] {
        let fault = Fault::from_kube(&error, None).at(&endpoint(authorities));
        let told = ClusterError { attempted: "reading".to_owned(), fault };
        let words = format!("is not signed by a certificate authority {authorities}");
        assert!(told.to_string().ends_with(&words), "{told}");
        assert!(told.hint().unwrap().starts_with(hint), "{told}");
    }
}

#[test]
fn a_connection_that_ends_early_is_told_without_the_words_of_a_library() {
    let words = "peer closed connection without sending TLS close_notify: https://docs.rs/rustls";
    let inner = io::Error::new(io::ErrorKind::UnexpectedEof, words);
    let fault = Fault::from_kube(&kube::Error::ReadEvents(io::Error::other(inner)), None);
    assert!(fault.to_string().ends_with("failed: the server closed the connection"), "{fault}");
}
