# Cache::Memcached::Fast.
#
# stdin:  {"targets": [{"name", "host", "port", "prefix"}]}
#         or {"servers": [[host, port]], "write": {key: text}, "read": [key]}
# stdout: {"version": text, "targets": {name: {operation: what was reported}}}
#         or {"version": text, "read": {key: text}}
use strict;
use warnings;
use utf8;
use Cache::Memcached::Fast;
use Digest::MD5 qw(md5_hex);
use Encode qw(decode_utf8 encode_utf8 is_utf8);
use JSON::PP;

my $month = 30 * 24 * 60 * 60;
my $bytes = join '', map { chr } 0 .. 255;

# A value as JSON can have it: plain text, or the digest of the bytes.
sub show {
    my ($value) = @_;
    return undef unless defined $value;
    return [map { show($_) } @$value] if ref $value eq 'ARRAY';
    return { map { (decode_utf8($_), show($value->{$_})) } keys %$value } if ref $value eq 'HASH';
    return "$value" if length $value <= 100 && $value =~ /\A[ -~]*\z/;
    my $octets = is_utf8($value) ? encode_utf8($value) : $value;
    return sprintf 'md5 %s of %d bytes', md5_hex($octets), length $octets;
}

sub contract {
    my ($target) = @_;
    my %seen;
    my $server = "$target->{host}:$target->{port}";
    my %timeouts = (io_timeout => 9, connect_timeout => 9);
    my $client = Cache::Memcached::Fast->new({ servers => [$server], utf8 => 1, %timeouts });
    my $record = sub {
        my ($name, $action) = @_;
        my @reported = $action->($client);
        $seen{$name} = show(\@reported);
    };
    my $k = sub { $target->{prefix} . $_[0] };

    my @values = (
        ['text', 'hello'], ['UTF-8', 'grüße ☃'], ['bytes', "$bytes\r\nEND\r\nVALUE a 0 1\r\n\0"], ['empty', ''],
        ['100 KB', $bytes x 400], ['900 KB', $bytes x 3600], ['list', [1, 'two', undef]],
    );
    for (@values) {
        my ($name, $value) = @$_;
        (my $key = $k->($name)) =~ s/ //g;
        $record->("get before set: $name", sub { $_[0]->get($key) });
        $record->("set: $name", sub { $_[0]->set($key, $value) });
        $record->("get: $name", sub { $_[0]->get($key) });
    }
    my $packed = Cache::Memcached::Fast->new({ servers => [$server], compress_threshold => 1000, max_size => 4_000_000, %timeouts });
    $record->('set: compressed', sub { $packed->set($k->('zip'), 'text' x 5000) });
    $record->('get: compressed', sub { $packed->get($k->('zip')) });
    $packed->enable_compress(0);
    $record->('set: too large', sub { $packed->set($k->('large'), 'x' x 1_500_000) });
    $record->('get: too large', sub { $packed->get($k->('large')) });
    $record->('get after too large', sub { $packed->get($k->('text')) });

    $record->('get_multi: hits, misses, duplicates', sub { $_[0]->get_multi(map { $k->($_) } qw(text none empty text bytes)) });
    $record->('get_multi: misses only', sub { $_[0]->get_multi($k->('none'), $k->('nothing')) });
    $record->('get_multi: no keys', sub { $_[0]->get_multi() });
    $record->('gets_multi', sub {
        my $got = $_[0]->gets_multi($k->('text'), $k->('none'), $k->('empty'));
        return { map { $_ => [$got->{$_}[0] > 0, $got->{$_}[1]] } keys %$got };
    });

    $record->('add: new', sub { $_[0]->add($k->('add'), 'one') });
    $record->('add: there already', sub { $_[0]->add($k->('add'), 'two') });
    $record->('replace: there', sub { $_[0]->replace($k->('add'), 'three') });
    $record->('replace: not there', sub { $_[0]->replace($k->('none'), 'three') });
    $record->('append', sub { $_[0]->append($k->('add'), ' and') });
    $record->('prepend', sub { $_[0]->prepend($k->('add'), 'and ') });
    $record->('append: not there', sub { $_[0]->append($k->('none'), 'x') });
    $record->('prepend: not there', sub { $_[0]->prepend($k->('none'), 'x') });
    $record->('get after append and prepend', sub { $_[0]->get($k->('add')) });
    $record->('add_multi', sub { $_[0]->add_multi([$k->('add'), 'x'], [$k->('add2'), 'y']) });
    $record->('replace_multi', sub { $_[0]->replace_multi([$k->('none'), 'x'], [$k->('add2'), 'z']) });
    $record->('append_multi', sub { $_[0]->append_multi([$k->('none'), 'x'], [$k->('add2'), '+']) });
    $record->('prepend_multi', sub { $_[0]->prepend_multi([$k->('add2'), '-'], [$k->('none'), 'x']) });
    $record->('get after the multis', sub { $_[0]->get($k->('add2')) });

    my $got = $client->gets($k->('text'));
    $record->('gets', sub { $got->[0] > 0, $got->[1] });
    $record->('cas', sub { $_[0]->cas($k->('text'), $got->[0], 'first') });
    $record->('cas: changed meanwhile', sub { $_[0]->cas($k->('text'), $got->[0], 'second') });
    $record->('cas_multi', sub { $_[0]->cas_multi([$k->('text'), $got->[0], 'no'], [$k->('none'), 1, 'no']) });
    $record->('get after cas', sub { $_[0]->get($k->('text')) });
    $record->('cas: not there', sub { $_[0]->cas($k->('none'), $got->[0], 'x') });
    $record->('gets: not there', sub { $_[0]->gets($k->('none')) });

    $record->('incr: not there', sub { $_[0]->incr($k->('count')) });
    $record->('set: a count', sub { $_[0]->set($k->('count'), 10) });
    $record->('incr', sub { $_[0]->incr($k->('count'), 5) });
    $record->('decr', sub { $_[0]->decr($k->('count'), 6) });
    $record->('get: a count that got shorter', sub { $_[0]->get($k->('count')) });
    $record->('decr: below zero', sub { $_[0]->decr($k->('count'), 100) });
    $record->('incr_multi', sub { $_[0]->incr_multi([$k->('count'), 3], $k->('none'), [$k->('count')]) });
    $record->('decr_multi', sub { $_[0]->decr_multi([$k->('count'), 1], $k->('none')) });
    $record->('incr: no number', sub { $_[0]->incr($k->('text')) });
    $record->('get after an error', sub { $_[0]->get($k->('text')) });

    $record->('set: for 30 days', sub { $_[0]->set($k->('month'), 'v', $month) });
    $record->('set: until a time', sub { $_[0]->set($k->('future'), 'v', time + 1000) });
    $record->('set: until a time in the past', sub { $_[0]->set($k->('past'), 'v', time - 1000) });
    $record->('set: expired at once', sub { $_[0]->set($k->('minus'), 'v', -1) });
    $record->('get_multi: expiry', sub { $_[0]->get_multi(map { $k->($_) } qw(month future past minus)) });
    $record->('touch', sub { $_[0]->touch($k->('month'), 100) });
    $record->('touch: not there', sub { $_[0]->touch($k->('none'), 100) });
    $record->('touch_multi', sub { $_[0]->touch_multi([$k->('month'), 200], [$k->('none'), 200]) });
    $record->('gat', sub { $_[0]->gat(300, $k->('month')) });
    $record->('gat: not there', sub { $_[0]->gat(300, $k->('none')) });
    $record->('gat_multi', sub { $_[0]->gat_multi(300, $k->('month'), $k->('none'), $k->('text')) });
    $record->('gats', sub { my $item = $_[0]->gats(300, $k->('month')); $item->[0] > 0, $item->[1] });
    $record->('gats_multi', sub { [sort keys %{ $_[0]->gats_multi(300, $k->('month'), $k->('none'), $k->('text')) }] });
    $record->('touch: expired at once', sub { $_[0]->touch($k->('future'), -1) });
    $record->('get_multi: touched', sub { $_[0]->get_multi($k->('month'), $k->('future')) });

    $record->('delete', sub { $_[0]->delete($k->('month')) });
    $record->('delete: not there', sub { $_[0]->delete($k->('month')) });
    $record->('delete_multi', sub { $_[0]->delete_multi($k->('add'), $k->('none'), $k->('add2')) });

    my $long = $k->('k' x (250 - length $target->{prefix}));
    $record->('long key', sub { $_[0]->set($long, 'v'), $_[0]->get($long), $_[0]->get_multi($long)->{$long} });
    $record->('key too long', sub { $_[0]->set($long . 'k', 'v') });
    $record->('get after a key too long', sub { $_[0]->get($k->('text')) });
    my $name = encode_utf8($k->('schlüssel☃'));
    $record->('UTF-8 key', sub { $_[0]->set($name, 'wert'), $_[0]->get($name), $_[0]->delete($name) });

    # In void context with `nowait` the answers are read later; with `noreply` there are none.
    my $later = Cache::Memcached::Fast->new({ servers => [$server], nowait => 1, %timeouts });
    $later->set($k->("later$_"), $_) for 0 .. 99;
    $later->add($k->('later0'), 'no');
    $later->delete($k->('none'));
    $later->incr($k->('later1'), 41);
    $later->delete($k->('later2'));
    $later->nowait_push;
    $record->('nowait', sub { $later->get_multi(map { $k->("later$_") } 0 .. 2, 99) });
    my $quiet = Cache::Memcached::Fast->new({ servers => [{ address => $server, noreply => 1 }], %timeouts });
    $quiet->set($k->('quiet'), 1);
    $quiet->add($k->('quiet'), 2);
    $quiet->replace($k->('quiet'), 3);
    $quiet->append($k->('quiet'), 4);
    $quiet->prepend($k->('quiet'), 5);
    $quiet->incr($k->('quiet'), 6);
    $quiet->decr($k->('quiet'), 1);
    $quiet->touch($k->('quiet'), 100);
    $quiet->delete($k->('none'));
    $record->('noreply', sub { $quiet->get($k->('quiet')) });

    my %many = map { $k->("many$_") => "value $_" } 0 .. 999;
    my $equal = sub { my ($got) = @_; 1000 == grep { ($got->{$_} // '') eq $many{$_} } keys %many };
    my $count = sub { my %times; $times{ $_ // 'undef' }++ for @_; return \%times };
    $record->('set_multi: 1000', sub { $count->($_[0]->set_multi(map { [$_, $many{$_}] } sort keys %many)) });
    $record->('get_multi: 1000', sub { $equal->($_[0]->get_multi(keys %many)) });
    $record->('delete_multi: 1000', sub { $count->($_[0]->delete_multi(sort keys %many)) });
    $record->('get_multi: 1000 deleted', sub { scalar keys %{ $_[0]->get_multi(keys %many) } });

    $record->('namespace', sub { $_[0]->namespace($target->{prefix}); my @both = ($_[0]->get('text'), $_[0]->get_multi('text', 'none')); $_[0]->namespace(''); @both });
    $record->('server_versions', sub { substr $_[0]->server_versions->{$server}, 0, 4 });
    $record->('disconnect_all, then get', sub { $_[0]->disconnect_all; $_[0]->get($k->('text')) });

    $record->('flush_all', sub { values %{ $_[0]->flush_all } });
    $record->('get after flush_all', sub { $_[0]->get($k->('text')) });
    $record->('flush_all: later', sub { values %{ $_[0]->flush_all(1000) } });
    $record->('get at the end', sub { $_[0]->get($k->('text')) });
    return \%seen;
}

sub exchange {
    my ($servers, $write, $read) = @_;
    my $client = Cache::Memcached::Fast->new({ servers => [map { "$_->[0]:$_->[1]" } @$servers] });
    for my $key (keys %$write) {
        $client->set(encode_utf8($key), encode_utf8($write->{$key})) or die 'set failed';
    }
    my $found = $client->get_multi(map { encode_utf8($_) } @$read);
    return { map { (decode_utf8($_), decode_utf8($found->{$_})) } keys %$found };
}

my $json = JSON::PP->new->utf8->allow_nonref;
my $asked = $json->decode(join '', <STDIN>);
my %answer = (version => "$Cache::Memcached::Fast::VERSION");
if ($asked->{targets}) {
    $answer{targets} = { map { $_->{name} => contract($_) } @{ $asked->{targets} } };
}
else {
    $answer{read} = exchange($asked->{servers}, $asked->{write}, $asked->{read});
}
print $json->encode(\%answer);
