<?php
// Asks the real php-memcached where keys live.
//
// stdin:  {"keys": [text], "questions": [{"options": [[name, value]], "servers": [[host, port, weight]]}]}
// stdout: per question, the index of the server of each key
$asked = json_decode(stream_get_contents(STDIN), true);
$answers = [];
foreach ($asked['questions'] as $question) {
    $client = new Memcached();
    foreach ($question['options'] as [$name, $value]) {
        $client->setOption(constant("Memcached::$name"), is_string($value) ? constant("Memcached::$value") : $value);
    }
    $client->addServers($question['servers']);
    $index = [];
    foreach ($question['servers'] as $i => [$host, $port]) {
        $index["$host:$port"] = $i;
    }
    $answers[] = array_map(function ($key) use ($client, $index) {
        $server = $client->getServerByKey($key);
        return $index["{$server['host']}:{$server['port']}"];
    }, $asked['keys']);
}
echo json_encode($answers);
