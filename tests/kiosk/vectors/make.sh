#!/bin/sh
# How the golden vectors of the signers were made: with openssl and coreutils alone (OpenSSL 3.0.19), none of our
# code. Prints what vectors/signers.json holds. The rfc9421 bases are written out as RFC 9421, 2.5 says.
set -eu
secret=0123456789abcdef-shared-with-the-gateway
at=1795165200
nonce=n-0001
key=7b0c4f0e-0000-4000-8000-000000000001
body='{"fields":{"name":"张三"}}'
target='/v1/items/civil.senior-allowance-apply/applications?q=%E4%B8%AD'
url="https://gateway.example$target"

for hash in sha256 sm3; do
    digest=$(printf '%s' "$body" | openssl dgst "-$hash" | sed 's/.*= //')
    covered=$(printf 'POST\n%s\n%s\n%s\n%s\n%s\n.' "$target" "$at" "$nonce" "$key" "$digest")
    printf '%s' "${covered%.}" | openssl dgst "-$hash" -hmac "$secret" | sed "s/.*= /hmac-$hash /"
done

printf '%s' "$at$secret$nonce$at" | sha256sum | cut -d' ' -f1 | tr a-f A-F | sed 's/^/x-tif /'

content=$(printf '%s' "$body" | openssl dgst -sha256 -binary | base64)
printf 'content-digest sha-256=:%s:\n' "$content"
parameters="(\"@method\" \"@target-uri\" \"content-type\" \"idempotency-key\" \"authorization\" \"content-digest\");created=$at;keyid=\"city-1\";alg=\"hmac-sha256\";nonce=\"$nonce\""
printf 'signature-input %s\n' "kiosk=$parameters"
base=$(printf '"@method": POST\n"@target-uri": %s\n"content-type": application/json\n"idempotency-key": %s\n"authorization": Bearer t\n"content-digest": sha-256=:%s:\n"@signature-params": %s' \
    "$url" "$key" "$content" "$parameters")
printf '%s' "$base" | openssl dgst -sha256 -hmac "$secret" -binary | base64 | sed 's/.*/signature kiosk=:&:/'
