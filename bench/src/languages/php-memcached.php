<?php
/* The extension memcached of PHP, text protocol. Its requests come from foreign-contestant.ts. Every value is compared. */
declare(strict_types=1);

const KEYS = 1000;
const BATCH = 100;

$keys = array_map(fn (int $n): string => "bench:prog:user:$n", range(0, KEYS - 1));
$values = array_map(fn (int $n): string => str_pad("$n:", 100, 'v'), range(0, KEYS - 1));
$batches = array_chunk($keys, BATCH);
$client = new Memcached();
$client->setOption(Memcached::OPT_TCP_NODELAY, true);
$client->addServer('127.0.0.1', (int) $argv[1]);

function demand(bool $isTrue, string $message): void
{
    if ($isTrue) return;
    echo json_encode(['error' => $message]), "\n";
    exit(1);
}

$get = function (int $n) use ($client, $keys, $values): void {
    demand($client->get($keys[$n % KEYS]) === $values[$n % KEYS], 'a wrong value');
};
$set = function (int $n) use ($client, $keys, $values): void {
    demand($client->set($keys[$n % KEYS], $values[$n % KEYS]), 'not stored');
};
$getMany = function (int $n) use ($client, $batches): void {
    demand(count($client->getMulti($batches[$n % count($batches)])) === BATCH, 'values are missing');
};
$operations = ['get' => $get, 'set' => $set, 'getMany' => $getMany, 'getArray' => $getMany];

function run(Closure $call, float $ms): int
{
    $made = 0;
    for ($end = hrtime(true) + $ms * 1e6; hrtime(true) < $end; $made++) $call($made);
    return $made;
}

function cpu(): float
{
    $usage = getrusage();
    return $usage['ru_utime.tv_sec'] + $usage['ru_stime.tv_sec']
        + ($usage['ru_utime.tv_usec'] + $usage['ru_stime.tv_usec']) / 1e6;
}

for ($n = 0; $n < KEYS; $n++) $set($n);
echo "{}\n";
while (($line = fgets(STDIN)) !== false) {
    [$operation, , $warmUp, $measure] = explode(' ', trim($line));
    run($operations[$operation], (float) $warmUp);
    [$before, $start] = [cpu(), hrtime(true)];
    $made = run($operations[$operation], (float) $measure);
    $seconds = (hrtime(true) - $start) / 1e9;
    echo json_encode(['calls' => $made, 'seconds' => $seconds, 'cpu' => cpu() - $before]), "\n";
}
