/**
 * A certificate for `localhost` and 127.0.0.1 that signs itself, with its key: for tests of TLS only, valid for 100
 * years. Made with
 *
 *   openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj /CN=localhost \
 *     -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1'
 */
export const selfSigned = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgE6DGBRSPKHU8oGst
clKMm/rGzFfaLQtnPcpBBEHs/QWhRANCAATlVCRkZTL6GiMGgxmwduv2IksoZXch
EebunzrYNzJRytfvLNaYw/JTHUhAbxGGwBRT4cz9iU6hDODegiYSVY6+
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUakjVp+Oy70ivHvhzumY+zYxcgs0wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjA4NTM0OVoYDzIxMjYxMDI5
MDg1MzQ5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATlVCRkZTL6GiMGgxmwduv2IksoZXchEebunzrYNzJRytfvLNaYw/JT
HUhAbxGGwBRT4cz9iU6hDODegiYSVY6+o28wbTAdBgNVHQ4EFgQUGgfm8EsMgsmu
LpoQVI6SIBEHnLcwHwYDVR0jBBgwFoAUGgfm8EsMgsmuLpoQVI6SIBEHnLcwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhALJEPd8mMWTo8Gpfij6uYn1wUrcZyEXZmLBaPXuZGTWXAiBi
IRjr0UmjJp5QZ7Mvo8Wgqbu6jQvlx46l3P0yjb4DoA==
-----END CERTIFICATE-----
`,
};
