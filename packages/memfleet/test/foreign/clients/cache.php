<?php
// php-memcached, call by call.
//
// argv:   host, port, prefix of keys
// stdin:  a line for each call, as JSON: [method, argument, ...]
// stdout: a line for each, as JSON: {"result": ...}; null where the key has nothing

[, $host, $port, $prefix] = $argv;
$client = new Memcached();
$client->setOption(Memcached::OPT_PREFIX_KEY, $prefix);
$client->addServer($host, (int) $port);

while (($line = fgets(STDIN)) !== false) {
    $words = json_decode($line, true);
    $method = array_shift($words);
    $result = $client->$method(...$words);
    $code = $client->getResultCode();
    $isMissing = $method === 'get' && $code === Memcached::RES_NOTFOUND;
    echo json_encode(['result' => $isMissing ? null : $result]), "\n";
}
