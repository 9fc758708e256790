<?php
// php-memcached, in the text or binary protocol.
//
// argv:   text | binary
// stdin:  {"targets": [{"name", "host", "port", "prefix"}]}
//         or {"servers": [[host, port]], "write": {key: text}, "read": [key]}
// stdout: {"version": text, "targets": {name: {operation: what was reported}}}
//         or {"version": text, "read": {key: text}}

const MONTH = 30 * 24 * 60 * 60;

$binary = $argv[1] === 'binary';

function show($value)
{
    if (is_string($value)) {
        $plain = strlen($value) <= 100 && preg_match('/^[ -~]*$/D', $value);
        return $plain ? $value : 'md5 ' . md5($value) . ' of ' . strlen($value) . ' bytes';
    }
    return is_array($value) ? array_map('show', $value) : $value;
}

function connect(array $servers, array $options = []): Memcached
{
    global $binary;
    $client = new Memcached();
    $client->setOptions($options + [
        Memcached::OPT_BINARY_PROTOCOL => $binary,
        Memcached::OPT_TCP_NODELAY => true,
        Memcached::OPT_COMPRESSION => false,
    ]);
    $client->addServers($servers);
    return $client;
}

function contract(array $target): array
{
    $server = [$target['host'], $target['port']];
    $k = fn(string $name) => $target['prefix'] . $name;
    $client = connect([$server]);
    $seen = [];
    $record = function (string $name, callable $action, ?Memcached $with = null) use (&$seen, $client) {
        $reported = show($action($with ?? $client));
        $seen[$name] = [$reported, ($with ?? $client)->getResultCode(), ($with ?? $client)->getResultMessage()];
    };

    $bytes = implode('', array_map('chr', range(0, 255)));
    $values = ['text' => 'hello', 'UTF-8' => 'grüße ☃', 'bytes' => "$bytes\r\nEND\r\nVALUE a 0 1\r\n\0", 'empty' => ''];
    $values += ['100 KB' => str_repeat($bytes, 400), '900 KB' => str_repeat($bytes, 3600)];
    $values += ['number' => 42, 'float' => 1.5, 'true' => true, 'array' => [1, 'two', null]];
    foreach ($values as $name => $value) {
        $key = $k(str_replace(' ', '', $name));
        $record("get before set: $name", fn($c) => $c->get($key));
        $record("set: $name", fn($c) => $c->set($key, $value));
        $record("get: $name", fn($c) => $c->get($key));
    }
    $packed = connect([$server], [Memcached::OPT_COMPRESSION => true]);
    $record('set: compressed', fn($c) => $c->set($k('zip'), str_repeat('text', 5000)), $packed);
    $record('get: compressed', fn($c) => $c->get($k('zip')), $packed);
    $record('set: too large', fn($c) => $c->set($k('large'), str_repeat('x', 1500000)), $packed = connect([$server]));
    $record('get: too large', fn($c) => $c->get($k('large')), $packed);
    $record('get after too large', fn($c) => $c->get($k('text')), $packed);

    $some = [$k('text'), $k('none'), $k('empty'), $k('text'), $k('bytes')];
    $record('getMulti: hits, misses, duplicates', fn($c) => $c->getMulti($some));
    $record('getMulti: in order', fn($c) => $c->getMulti($some, Memcached::GET_PRESERVE_ORDER));
    $record('getMulti: misses only', fn($c) => $c->getMulti([$k('none'), $k('nothing')]));
    $record('getMulti: no keys', fn($c) => $c->getMulti([]));
    $record('getDelayed, fetch', fn($c) => [$c->getDelayed([$k('text'), $k('none'), $k('empty')]), $c->fetch()['value'], $c->fetch()['value'], $c->fetch()]);
    $record('getDelayed with cas, fetchAll', function ($c) use ($k) {
        $done = $c->getDelayed([$k('text'), $k('none'), $k('empty')], true);
        return [$done, array_map(fn($item) => [$item['key'], $item['value'], $item['cas'] > 0], $c->fetchAll())];
    });

    $record('add: new', fn($c) => $c->add($k('add'), 'one'));
    $record('add: there already', fn($c) => $c->add($k('add'), 'two'));
    $record('replace: there', fn($c) => $c->replace($k('add'), 'three'));
    $record('replace: not there', fn($c) => $c->replace($k('none'), 'three'));
    $record('append', fn($c) => $c->append($k('add'), ' and'));
    $record('prepend', fn($c) => $c->prepend($k('add'), 'and '));
    $record('append: not there', fn($c) => $c->append($k('none'), 'x'));
    $record('prepend: not there', fn($c) => $c->prepend($k('none'), 'x'));
    $record('get after append and prepend', fn($c) => $c->get($k('add')));
    $record('setByKey', fn($c) => $c->setByKey('group', $k('byKey'), 'v'));
    $record('getByKey', fn($c) => $c->getByKey('group', $k('byKey')));

    $got = $client->get($k('text'), null, Memcached::GET_EXTENDED);
    $record('get with cas', fn($c) => ['cas' => $c->get($k('text'), null, Memcached::GET_EXTENDED)['cas'] > 0, 'value' => $got['value'], 'flags' => $got['flags']]);
    $record('cas', fn($c) => $c->cas($got['cas'], $k('text'), 'first'));
    $record('cas: changed meanwhile', fn($c) => $c->cas($got['cas'], $k('text'), 'second'));
    $record('get after cas', fn($c) => $c->get($k('text')));
    $record('cas: not there', fn($c) => $c->cas($got['cas'], $k('none'), 'x'));

    $record('increment: not there', fn($c) => $c->increment($k('count')));
    $record('set: a count', fn($c) => $c->set($k('count'), '10'));
    $record('increment', fn($c) => $c->increment($k('count'), 5));
    $record('decrement', fn($c) => $c->decrement($k('count'), 6));
    $record('get: a count that got shorter', fn($c) => $c->get($k('count')));
    $record('decrement: below zero', fn($c) => $c->decrement($k('count'), 100));
    $record('increment: no number', fn($c) => $c->increment($k('text')));
    $record('get after an error', fn($c) => $c->get($k('text')));
    if ($client->getOption(Memcached::OPT_BINARY_PROTOCOL)) {
        $record('increment: with a first value', fn($c) => [$c->increment($k('first'), 1, 7, 100), $c->increment($k('first'), 1, 7, 100), $c->get($k('first'))]);
        $record('decrement: with a first value', fn($c) => [$c->decrement($k('first2'), 1, 7), $c->decrement($k('first2'), 1, 7)]);
    }

    $record('set: for 30 days', fn($c) => $c->set($k('month'), 'v', MONTH));
    $record('set: until a time', fn($c) => $c->set($k('future'), 'v', time() + 1000));
    $record('set: until a time in the past', fn($c) => $c->set($k('past'), 'v', time() - 1000));
    $record('set: expired at once', fn($c) => $c->set($k('minus'), 'v', -1));
    $record('getMulti: expiry', fn($c) => $c->getMulti([$k('month'), $k('future'), $k('past'), $k('minus')]));
    $record('touch', fn($c) => $c->touch($k('month'), 100));
    $record('touch: not there', fn($c) => $c->touch($k('none'), 100));
    $record('touch: until a time in the past', fn($c) => $c->touch($k('future'), time() - 1000));
    $record('getMulti: touched', fn($c) => $c->getMulti([$k('month'), $k('future')]));

    $record('delete', fn($c) => $c->delete($k('month')));
    $record('delete: not there', fn($c) => $c->delete($k('month')));
    $record('deleteMulti', fn($c) => $c->deleteMulti([$k('add'), $k('none'), $k('number')]));

    $long = $k(str_repeat('k', 250 - strlen($target['prefix'])));
    $record('long key', fn($c) => [$c->set($long, 'v'), $c->get($long), $c->getMulti([$long]) === [$long => 'v']]);
    $record('key too long', fn($c) => $c->set($long . 'k', 'v'));
    $record('UTF-8 key', fn($c) => [$c->set($k('schlüssel☃'), 'wert'), $c->get($k('schlüssel☃')), $c->delete($k('schlüssel☃'))]);

    $many = [];
    for ($i = 0; $i < 1000; $i++) {
        $many[$k("many$i")] = "value $i";
    }
    $record('setMulti: 1000', fn($c) => $c->setMulti($many));
    $record('getMulti: 1000', fn($c) => $c->getMulti(array_keys($many)) == $many);
    $blockless = connect([$server], [Memcached::OPT_NO_BLOCK => true]);
    $record('no block: setMulti', fn($c) => $c->setMulti($many), $blockless);
    $record('no block: getMulti', fn($c) => $c->getMulti(array_keys($many)) == $many, $blockless);
    $record('deleteMulti: 1000', fn($c) => array_unique(array_values($c->deleteMulti(array_keys($many)))));

    $buffered = connect([$server], [Memcached::OPT_BUFFER_WRITES => true]);
    $record('buffered: set', fn($c) => [$c->set($k('buffer1'), '1'), $c->set($k('buffer2'), '2'), $c->delete($k('buffer1'))], $buffered);
    $record('buffered: setMulti', fn($c) => $c->setMulti($many), $buffered);
    $record('buffered: flushBuffers', fn($c) => $c->flushBuffers(), $buffered);
    $record('buffered: get', fn($c) => $c->getMulti([$k('buffer1'), $k('buffer2')]), $buffered);
    $record('buffered: getMulti', fn($c) => $c->getMulti(array_keys($many)) == $many, $buffered);
    $quiet = connect([$server], [Memcached::OPT_NOREPLY => true]);
    $record('noreply: set', fn($c) => [$c->set($k('quiet1'), '1'), $c->set($k('quiet2'), '2'), $c->delete($k('quiet1')), $c->append($k('quiet2'), '3')], $quiet);
    $record('noreply: get', fn($c) => $c->getMulti([$k('quiet1'), $k('quiet2')]), $quiet);
    $prefixed = connect([$server], [Memcached::OPT_PREFIX_KEY => $target['prefix']]);
    $record('prefix', fn($c) => [$c->get('text'), $c->getMulti(['text', 'none', 'empty'])], $prefixed);

    $record('getVersion', fn($c) => array_map(fn($version) => substr($version, 0, 4), array_values($c->getVersion())));
    $record('getStats', fn($c) => array_intersect(['pid', 'uptime', 'version', 'curr_connections'], array_keys(array_values($c->getStats())[0])));
    $record('quit, then get', fn($c) => [$c->quit(), $c->get($k('text'))]);

    $record('flush', fn($c) => $c->flush());
    $record('get after flush', fn($c) => $c->get($k('text')));
    $record('flush: later', fn($c) => $c->flush(1000));
    $record('get at the end', fn($c) => $c->get($k('text')));
    return $seen;
}

function exchange(array $servers, array $write, array $read): array
{
    $client = connect($servers, [Memcached::OPT_LIBKETAMA_COMPATIBLE => true]);
    if (!$client->setMulti($write)) {
        exit('setMulti: ' . $client->getResultMessage());
    }
    return $client->getMulti($read);
}

$asked = json_decode(stream_get_contents(STDIN), true);
$answer = ['version' => phpversion('memcached')];
if (isset($asked['targets'])) {
    foreach ($asked['targets'] as $target) {
        $answer['targets'][$target['name']] = contract($target);
    }
} else {
    $answer['read'] = exchange($asked['servers'], $asked['write'], $asked['read']);
}
echo json_encode($answer, JSON_THROW_ON_ERROR);
