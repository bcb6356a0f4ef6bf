# shellcheck shell=bash
# A certificate authority of the bench, and what it signs. Made anew for each run folder.

PKI="$RUN/pki"

make_pki() {
    [[ -f $PKI/done ]] && return
    rm -rf -- "$PKI"
    mkdir -p "$PKI"
    chmod 755 "$PKI"
    authority ca "todo-bench CA"
    authority front-proxy-ca "todo-bench front proxy CA"
    signed ca apiserver "/CN=kube-apiserver" \
        "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:127.0.0.1,IP:$NODE_IP,IP:$API_SERVICE_IP"
    signed ca kubelet-client "/O=system:masters/CN=kube-apiserver-kubelet-client"
    signed front-proxy-ca front-proxy "/CN=front-proxy-client"
    signed ca kubelet "/CN=$NODE_NAME" "DNS:$NODE_NAME,IP:$NODE_IP"
    signed ca metrics-server "/CN=metrics-server" "DNS:metrics-server.kube-system.svc,IP:$NODE_IP"
    signed ca postgres "/CN=$NODE_IP" "DNS:localhost,IP:$NODE_IP"
    key service-accounts
    openssl pkey -in "$PKI/service-accounts.key" -pubout -out "$PKI/service-accounts.pub"
    touch "$PKI/done"
}

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$PKI/$1.key"; }

authority() { # NAME TITLE
    key "$1"
    openssl req -x509 -new -key "$PKI/$1.key" -subj "/CN=$2" -days 3650 -out "$PKI/$1.crt" \
        -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" 2>/dev/null
}

signed() { # AUTHORITY NAME SUBJECT [SUBJECT_ALT_NAMES]
    key "$2"
    openssl req -new -key "$PKI/$2.key" -subj "$3" -out "$PKI/$2.csr" 2>/dev/null
    {
        echo "extendedKeyUsage=serverAuth,clientAuth"
        [[ -z ${4:-} ]] || echo "subjectAltName=$4"
    } >"$PKI/$2.ext"
    openssl x509 -req -in "$PKI/$2.csr" -CA "$PKI/$1.crt" -CAkey "$PKI/$1.key" -CAcreateserial -days 3650 \
        -extfile "$PKI/$2.ext" -out "$PKI/$2.crt" 2>/dev/null
    rm -f -- "$PKI/$2.csr" "$PKI/$2.ext"
}

random_word() { openssl rand -hex 16; }
