//! What goes, and what stays.

use super::*;

#[test]
fn a_secret_goes_and_the_words_around_it_stay() {
    for (text, expected) in [
        ("proxyconnect http://svc:Pr0x@proxy:3128: EOF", "proxyconnect http://*@proxy:3128: EOF"),
        ("Post \"https://hook:p@ss/w@h/x\": EOF", "Post \"https://*@h/x\": EOF"),
        ("parse \"svc:Pr0xyPw9@proxy:3128\": first", "parse \"*@proxy:3128\": first"),
        (
            "parse \"http://svc:Sum mer2024@proxy:3128\": net/url: invalid userinfo",
            "parse \"http://*@proxy:3128\": net/url: invalid userinfo",
        ),
        (
            "parse \"http://svc:Summer#2024@proxy:3128\": can't take port \":Summer\" after host",
            "parse \"http://*@proxy:3128\": can't take port \"*\" after host",
        ),
        (
            "got \\\"http://svc:100%Pure@proxy\\\": invalid URL escape \\\"%Pu\\\"",
            "got \\\"http://*@proxy\\\": invalid URL escape \\\"*\\\"",
        ),
        (
            "parse \"http://http://svc:Summer 24@proxy:3128\": invalid port \":\" after host",
            "parse \"http://*@proxy:3128\": invalid port \":\" after host",
        ),
        ("a \"http://svc:sword@h\n\" of b@c", "a \"http://*@h\n\" of b@c"),
        ("get https://h/x?sv=2024&sig=sword%2B: 403", "get https://h/x?sv=2024&sig=*: 403"),
        (
            "curl --user svc:swordfish --proxy-user=svc:sword x",
            "curl --user svc:* --proxy-user=svc:* x",
        ),
        ("407: proxy user svc:swordfish, denied", "407: proxy user svc:*, denied"),
        ("token Pr0xyPw9 is expired", "token * is expired"),
        ("api_key=swordfish wrong", "api_key=* wrong"),
        ("secret: Pr0xyPw9.", "secret: *."),
        ("--token swordfish bad", "--token * bad"),
        ("--token=swordfish bad", "--token=* bad"),
        ("passphrase \"Pr0xyPw9 two words\" is", "passphrase \"*\" is"),
        ("password = 'a b c', then", "password = '*', then"),
        (
            "{\"user\":\"x\",\"password\":\"a,b\",\"y\":1}",
            "{\"user\":\"x\",\"password\":\"*\",\"y\":1}",
        ),
        ("{\"secret\": \"sword fish\", 1}", "{\"secret\": \"*\", 1}"),
        ("{\\\"token\\\":\\\"swordfish\\\",1}", "{\\\"token\\\":\\\"*\",1}"),
        ("get https://h/x?access_token=swordfish: 403", "get https://h/x?access_token=*: 403"),
        (
            "spec.password: Invalid value: \"hunter\": short",
            "spec.password: Invalid value: \"*\": short",
        ),
        ("rd.iscsi.password=opensesame failed", "rd.iscsi.password=* failed"),
        ("auth c3ZjOlB3OQ== refused", "auth * refused"),
        ("join abcdef.0123456789abcdef now", "join * now"),
        ("-----BEGIN RSA PRIVATE KEY----- MIIE\nx= -----END RSA PRIVATE KEY----- end", "* end"),
        ("client_secret: 0f1e2d3c-0000-4000-8000-0123456789ab", "client_secret: *"),
        ("Authorization: Bearer sword", "Authorization: Bearer *"),
        ("password hunter2 is weak", "password * is weak"),
        (
            "{\"password\":\"a1\",\"token\":\"b2\",\"apiKey\":\"c3\"}",
            "{\"password\":\"*\",\"token\":\"*\",\"apiKey\":\"*\"}",
        ),
        ("{\"password\":\"\",\"token\":\"x\"}", "{\"password\":\"\",\"token\":\"*\"}"),
        ("skopeo --creds svc:pw --src-creds=svc:pw x", "skopeo --creds * --src-creds=* x"),
        ("DB_PASS=swordfish, key AKIAABCDEFGHIJKLMNOP", "DB_PASS=*, key *"),
        ("cookie jar: session=f00dcafe12345678; x=1", "cookie jar: session=*; x=1"),
        ("get https://h/x?sid=Zq7xPw92Zq7xPw92&y=2: 403", "get https://h/x?sid=*&y=2: 403"),
        ("got \\\"state=0f1e2d3c-0000-4000-8000-0123456789ab\\\".", "got \\\"state=*\\\"."),
        ("vault login hvs.CAESIJ-short now", "vault login * now"),
    ] {
        let shown = without(text);
        assert_eq!(shown, expected.replace('*', WITHHELD));
        assert_eq!(without(&shown), shown);
    }
}

#[test]
fn what_clusters_say_in_health_and_trouble_stays() {
    for text in [
        "Node ip-10-0-12-34.ec2.internal is reporting: \"unexpected on-disk state validating against \
         rendered-master-aa74e1cc2e92e4aa2e1719c63f74c817: content mismatch for file \\\"/etc/x.conf\\\"\"",
        "pull quay.io/openshift-release-dev/ocp-v4.0-art-dev@sha256:\
         5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef failed",
        "secret/etcd-user-data: the secret does not exist; metadata: x",
        "docker://quay.io/x@sha256:01: manifest unknown",
        "secret \"aws-cloud-credentials\": context deadline; \"registry-token\": not found",
        "open /etc/passwd: permission denied",
        "failed to get secret: not found; secret \"master-user-data\" not found",
        "secret openshift-machine-api/aws-cloud-credentials-2 is missing, secret: etcd-client-7",
        "error fetching token: context deadline exceeded; invalid bearer token, basic authentication",
        "secrets \"etcd-user-data\" is forbidden: User \"system:serviceaccount:a:b\" cannot get resource",
        "spec.password: Required value; the password of the user may not be empty",
        "User \"system:anonymous\" cannot get path, user system:serviceaccount:a:b, user kube:admin",
        "user svc: not found; parse \"https://h:port/x y\": invalid port \":port\" after host",
        "dial tcp 10.0.12.34:6443: connect: connection refused",
        "Get \"https://api-int.x.y.com:6443/apis/config.openshift.io/v1/clusteroperators?limit=500\": EOF",
        "NodeInstallerProgressing: 3 nodes are at revision 8\nEtcdMembersProgressing: No unstarted",
        "2 of 3 members are available, ip-10-0-1-2.ec2.internal is unhealthy",
        "k8s.io/client-go@v0.29.0/tools/cache/reflector.go:229: failed to list *v1.ClusterOperator",
        "arn:aws:iam::123456789012:role/x-y is not authorized to perform: ec2:RunInstances",
        "time=2024-08-21T08:48:00.123Z level=info node=ip-10-0-12-34.ec2.internal revision=8",
        "selector machine.openshift.io/cluster-api-machine-role=etcd,app=lab-x99n4-etcd-0 limit=500",
        "config=rendered-master-aa74e1cc2e92e4aa2e1719c63f74c817 file=/var/lib/kubelet/Config1234",
        "the token of the service account is missing, token: TokenReview failed",
        "authentication: OAuthServerDeploymentAvailable: no oauth-openshift.openshift-authentication pods",
    ] {
        assert_eq!(without(text), text);
    }
}
