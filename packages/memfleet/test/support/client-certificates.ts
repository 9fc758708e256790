/**
 * Certificates of clients that sign themselves, with their keys: for tests of TLS only, valid for 100 years. A server
 * trusts one whose certificate is among its `ca`. Made with
 *
 *   openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj /CN=NAME \
 *     -addext extendedKeyUsage=clientAuth
 */
export const clientCertificates = {
  /** Of the user Administrator. */
  Administrator: {
    key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgkTiGHHVMc9XYDbbY
FijWirsq4fyfyMLYgBGL1ihKlMihRANCAAS3OB8+KQmD02I569zMWnLarxiG+j3U
IO+7NLY5itQ/zN1uizd4aM58CKSuS5ahs1bFxMcwB0MuSOVgK2Hzel5n
-----END PRIVATE KEY-----
`,
    cert: `-----BEGIN CERTIFICATE-----
MIIBnDCCAUKgAwIBAgIUZh8HwtAiN9PlltlsFQyR78O2B4gwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNQWRtaW5pc3RyYXRvcjAgFw0yNjExMzAxMzAzMDRaGA8yMTI2
MTEwNjEzMDMwNFowGDEWMBQGA1UEAwwNQWRtaW5pc3RyYXRvcjBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABLc4Hz4pCYPTYjnr3MxactqvGIb6PdQg77s0tjmK1D/M
3W6LN3hoznwIpK5LlqGzVsXExzAHQy5I5WArYfN6XmejaDBmMB0GA1UdDgQWBBS0
fDzOtH+GKCwYzt6dPpDw/qEi2zAfBgNVHSMEGDAWgBS0fDzOtH+GKCwYzt6dPpDw
/qEi2zAPBgNVHRMBAf8EBTADAQH/MBMGA1UdJQQMMAoGCCsGAQUFBwMCMAoGCCqG
SM49BAMCA0gAMEUCIELxegXgll81pABGRUnZZrWFjPT1l/uD41756w1eQMFzAiEA
wl8PYTu1wFR/SLUYy2Rq4mRnouC0Cq0VoSZ/SSXO4Zs=
-----END CERTIFICATE-----
`,
  },
  /** Of the user nobody. */
  nobody: {
    key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgEAwy42lax6fxBSb0
LkLIvoeJOcVxHd/AhH/KzadtNmyhRANCAAQAM+pNH8pHqb5m/KZnWa5SGpodVIbX
IfEeACWQcWa1I/vCnSuhYWmidP30Z2H/vu/CNXjAFm5Q4fHHdnLvp1ao
-----END PRIVATE KEY-----
`,
    cert: `-----BEGIN CERTIFICATE-----
MIIBjjCCATSgAwIBAgIUDDHF1efVw0X4s+BNCmNSnMvEVuAwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGbm9ib2R5MCAXDTI2MTEzMDEzMDMwNFoYDzIxMjYxMTA2MTMw
MzA0WjARMQ8wDQYDVQQDDAZub2JvZHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAQAM+pNH8pHqb5m/KZnWa5SGpodVIbXIfEeACWQcWa1I/vCnSuhYWmidP30Z2H/
vu/CNXjAFm5Q4fHHdnLvp1aoo2gwZjAdBgNVHQ4EFgQUuoJcW9QVHigfMipbvZQc
2/nt8ZkwHwYDVR0jBBgwFoAUuoJcW9QVHigfMipbvZQc2/nt8ZkwDwYDVR0TAQH/
BAUwAwEB/zATBgNVHSUEDDAKBggrBgEFBQcDAjAKBggqhkjOPQQDAgNIADBFAiEA
l0uSzU0c7do8UhcEh0+PExfv6G6xKbLXUi8JhdRPsCMCICFMXnfIPPj+5SGGcgsw
/OhhBuYnHrHPlYka25aiYmVI
-----END CERTIFICATE-----
`,
  },
};
