# Dalli, which speaks binary in its default and only protocol of version 3.0.
#
# stdin:  {"targets": [{"name", "host", "port", "prefix"}]}
#         or {"servers": [[host, port]], "write": {key: text}, "read": [key]}
# stdout: {"version": text, "targets": {name: {operation: what was reported}}}
#         or {"version": text, "read": {key: text}}
require 'dalli'
require 'digest'
require 'json'
require 'logger'

Dalli.logger = Logger.new(nil)
MONTH = 30 * 24 * 60 * 60
BYTES = (0..255).to_a.pack('C*')

def show(value)
  case value
  when String
    bytes = value.b
    return value if bytes.match?(/\A[ -~]{0,100}\z/n)

    "md5 #{Digest::MD5.hexdigest(bytes)} of #{bytes.bytesize} bytes"
  when Hash then value.to_h { |key, each| [key.to_s, show(each)] }
  when Array then value.map { |each| show(each) }
  when Symbol then value.to_s
  else value
  end
end

def contract(target)
  seen = {}
  record = lambda do |name, &action|
    seen[name] = begin
      show(action.call)
    rescue StandardError => e
      "! #{e.class}: #{e.message}"
    end
  end
  server = "#{target['host']}:#{target['port']}"
  client = Dalli::Client.new(server, socket_timeout: 9, compress: false)
  raw = { raw: true }
  k = ->(name) { target['prefix'] + name }
  # A cas is any number; `false` stays `false`. Nodes behind a proxy that speak classic text tell no cas of a store: then it is 0.
  stored = ->(answer) { answer.is_a?(Integer) || answer }

  values = { 'text' => 'hello', 'UTF-8' => 'grüße ☃', 'bytes' => "#{BYTES}\r\nEND\r\nVALUE a 0 1\r\n\0".b, 'empty' => '',
             '100 KB' => BYTES * 400, '900 KB' => BYTES * 3600, 'number' => 42, 'true' => true, 'list' => [1, 'two', nil] }
  values.each do |name, value|
    key = k[name.delete(' ')]
    record.call("get before set: #{name}") { client.get(key) }
    record.call("set: #{name}") { stored[client.set(key, value)] }
    record.call("get: #{name}") { client.get(key) }
    record.call("set raw: #{name}") { stored[client.set("#{key}:raw", value, nil, raw)] }
    record.call("get raw: #{name}") { client.get("#{key}:raw") }
  end
  packed = Dalli::Client.new(server, compress: true)
  record.call('set: compressed') { stored[packed.set(k['zip'], 'text' * 5000)] }
  record.call('get: compressed') { packed.get(k['zip']) }
  large = Dalli::Client.new(server, value_max_bytes: 4_000_000, compress: false)
  record.call('set: too large') { large.set(k['large'], 'x' * 1_500_000, nil, raw) }
  record.call('get: too large') { large.get(k['large']) }
  record.call('get after too large') { large.get(k['text:raw']) }

  record.call('get_multi: hits, misses, duplicates') { client.get_multi(k['text'], k['none'], k['empty'], k['text'], k['bytes']) }
  record.call('get_multi: misses only') { client.get_multi(k['none'], k['nothing']) }
  record.call('get_multi_cas') { client.get_multi_cas(k['text'], k['none']).transform_values { |value, cas| [value, cas.positive?] } }
  record.call('fetch: there') { client.fetch(k['text']) { 'new' } }
  record.call('fetch: not there') { client.fetch(k['fetch'], 100) { 'new' } }
  record.call('get: fetched') { client.get(k['fetch']) }

  record.call('add: new') { stored[client.add(k['add'], 'one', nil, raw)] }
  record.call('add: there already') { stored[client.add(k['add'], 'two', nil, raw)] }
  record.call('replace: there') { stored[client.replace(k['add'], 'three', nil, raw)] }
  record.call('replace: not there') { stored[client.replace(k['none'], 'three', nil, raw)] }
  record.call('append') { client.append(k['add'], ' and') }
  record.call('prepend') { client.prepend(k['add'], 'and ') }
  record.call('append: not there') { client.append(k['none'], 'x') }
  record.call('prepend: not there') { client.prepend(k['none'], 'x') }
  record.call('get after append and prepend') { client.get(k['add']) }

  record.call('cas') { stored[client.cas(k['text']) { |value| "#{value} first" }] }
  record.call('cas: not there') { client.cas(k['none']) { |value| value } }
  record.call('cas: changed meanwhile') do
    client.cas(k['text']) do |value|
      client.set(k['text'], 'changed')
      value
    end
  end
  record.call('get after cas') { client.get(k['text']) }
  record.call('cas!: not there') { stored[client.cas!(k['cas!']) { 'made' }] }
  record.call('set tells the cas') { client.set(k['cas'], 'one').positive? }
  cas_of = -> { client.get_cas(k['cas']).last }
  old = cas_of.call
  record.call('set_cas') { stored[client.set_cas(k['cas'], 'two', cas_of.call)] }
  record.call('set_cas: changed meanwhile') { client.set_cas(k['cas'], 'no', old) }
  record.call('replace_cas') { stored[client.replace_cas(k['cas'], 'three', cas_of.call)] }
  record.call('replace_cas: changed meanwhile') { client.replace_cas(k['cas'], 'no', old) }
  record.call('get_cas') { client.get_cas(k['cas']).first }
  record.call('delete_cas: changed meanwhile') { client.delete_cas(k['cas'], old) }
  record.call('delete_cas') { client.delete_cas(k['cas'], cas_of.call) }
  record.call('get after delete_cas') { client.get(k['cas']) }
  record.call('get_cas: not there') { client.get_cas(k['none']).first }

  record.call('incr: not there') { client.incr(k['count']) }
  record.call('incr: with a first value') { client.incr(k['count'], 5, 100, 10) }
  record.call('incr') { client.incr(k['count'], 5) }
  record.call('decr') { client.decr(k['count'], 6) }
  record.call('get: a count that got shorter') { client.get(k['count']) }
  record.call('decr: below zero') { client.decr(k['count'], 100) }
  record.call('decr: with a first value') { client.decr(k['count2'], 1, nil, 7) }
  record.call('incr: largest number') { [stored[client.set(k['count'], '18446744073709551615', nil, raw)], client.incr(k['count'], 2)] }
  record.call('incr: no number') { client.incr(k['text']) }
  record.call('get after an error') { client.get(k['text']) }

  record.call('set: for 30 days') { stored[client.set(k['month'], 'v', MONTH)] }
  record.call('set: for 40 days') { stored[client.set(k['future'], 'v', MONTH + 864_000)] }
  record.call('get_multi: expiry') { client.get_multi(k['month'], k['future']) }
  record.call('touch') { client.touch(k['month'], 100) }
  record.call('touch: not there') { client.touch(k['none'], 100) }
  record.call('gat') { client.gat(k['month'], 200) }
  record.call('gat: not there') { client.gat(k['none'], 200) }
  record.call('get_multi: touched') { client.get_multi(k['month'], k['future']) }

  record.call('delete') { client.delete(k['month']) }
  record.call('delete: not there') { client.delete(k['month']) }

  long = k['k' * (250 - target['prefix'].size)]
  record.call('long key') { [stored[client.set(long, 'v')], client.get(long), client.get_multi(long) == { long => 'v' }] }
  record.call('key too long: Dalli hashes it') { [stored[client.set("#{long}k", 'v')], client.get("#{long}k")] }
  record.call('UTF-8 key') { [stored[client.set(k['schlüssel☃'], 'wert')], client.get(k['schlüssel☃']), client.delete(k['schlüssel☃'])] }
  record.call('key with blanks') { [stored[client.set(k['a key'], 'wert')], client.get(k['a key'])] }

  many = (0...1000).to_h { |i| [k["many#{i}"], "value #{i}"] }
  record.call('multi: 1000 quiet sets') { client.multi { many.each { |key, value| client.set(key, value) } }.size }
  record.call('get_multi: 1000') { client.get_multi(many.keys) == many }
  record.call('multi: adds, replaces, deletes that fail') do
    client.multi do
      client.add(k['text'], 'no')
      client.replace(k['none'], 'no')
      client.delete(k['none'])
      client.add(k['multi'], 'yes')
      client.replace(k['multi'], 'yes!')
      client.delete(k['many0'])
    end
    client.get_multi(k['text'], k['none'], k['multi'], k['many0'])
  end
  record.call('multi: 999 quiet deletes') { client.multi { many.each_key { |key| client.delete(key) } }.size }
  record.call('get_multi: 1000 deleted') { client.get_multi(many.keys) }

  record.call('alive!') { client.alive!.nil? }
  record.call('stats') { (%w[pid uptime version curr_connections] - client.stats.values.first.keys).empty? }
  record.call('stats: settings') { client.stats(:settings).values.first.empty? }
  record.call('reset_stats') { client.reset_stats }
  record.call('version') { client.version.values.map { |version| version[0, 4] } }
  record.call('close, then get') { [client.close && nil, client.get(k['text'])] }

  record.call('flush') { client.flush }
  record.call('get after flush') { client.get(k['text']) }
  record.call('flush: later') { client.flush(1000) }
  record.call('get at the end') { client.get(k['text']) }
  [client, packed, large].each(&:close)
  seen
end

def exchange(servers, write, read)
  client = Dalli::Client.new(servers.map { |host, port| "#{host}:#{port}" }, compress: false)
  write.each { |key, value| client.set(key, value, nil, raw: true) || abort('set failed') }
  client.get_multi(read).transform_values { |value| value.dup.force_encoding('UTF-8') }
end

asked = JSON.parse($stdin.read)
answer = { version: Dalli::VERSION }
if asked.key?('targets')
  answer[:targets] = asked['targets'].to_h { |target| [target['name'], contract(target)] }
else
  answer[:read] = exchange(asked['servers'], asked['write'], asked['read'])
end
$stdout.write(JSON.generate(answer))
