<?php
// Values of php-memcached, each written and read with its type.
//
// argv:   what Memcached::OPT_SERIALIZER and OPT_COMPRESSION_TYPE are: php | json | igbinary | msgpack, fastlz | zlib
// stdin:  lines: "server HOST PORT", "write KEY TYPE BASE64", "read KEY"
// stdout: a line for each read: "KEY TYPE BASE64"

$serializers = [
    'php' => Memcached::SERIALIZER_PHP,
    'json' => Memcached::SERIALIZER_JSON,
    'igbinary' => Memcached::SERIALIZER_IGBINARY,
    'msgpack' => Memcached::SERIALIZER_MSGPACK,
];
$compressions = ['fastlz' => Memcached::COMPRESSION_FASTLZ, 'zlib' => Memcached::COMPRESSION_ZLIB];
ini_set('serialize_precision', '-1');
$client = new Memcached();
$client->setOption(Memcached::OPT_SERIALIZER, $serializers[$argv[1]]);
$client->setOption(Memcached::OPT_COMPRESSION_TYPE, $compressions[$argv[2]]);

function make(string $type, string $data)
{
    return match ($type) {
        'string' => $data,
        'integer' => (int) $data,
        'double' => ['INF' => INF, '-INF' => -INF, 'NAN' => NAN][$data] ?? (float) $data,
        'boolean' => $data === 'true',
        'json' => json_decode($data, true),
    };
}

function show($value): array
{
    return match (gettype($value)) {
        'string' => ['string', $value],
        'integer' => ['integer', (string) $value],
        'double' => ['double', is_finite($value) ? json_encode($value) : (string) $value],
        'boolean' => ['boolean', json_encode($value)],
        default => ['json', json_encode($value)],
    };
}

while (($line = fgets(STDIN)) !== false) {
    [$what, $first, $second, $third] = explode(' ', rtrim($line)) + ['', '', '', ''];
    if ($what === 'server') {
        $client->addServer($first, (int) $second);
    } elseif ($what === 'write') {
        if (!$client->set($first, make($second, base64_decode($third)))) {
            throw new Exception("$first: " . $client->getResultMessage());
        }
    } else {
        [$type, $data] = show($client->get($first));
        if ($client->getResultCode() !== Memcached::RES_SUCCESS) {
            $type = 'missing';
        }
        echo "$first $type ", base64_encode($data), "\n";
    }
}
