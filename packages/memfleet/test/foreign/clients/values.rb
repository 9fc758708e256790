# Values of Dalli, each written and read with its type.
#
# argv:   marshal | json
# stdin:  lines: "server HOST PORT", "write KEY TYPE BASE64", "read KEY"
# stdout: a line for each read: "KEY TYPE BASE64"
require 'dalli'
require 'json'
require 'logger'

Dalli.logger = Logger.new(nil)
serializer = ARGV[0] == 'json' ? JSON : Marshal
client = nil

$stdin.each_line do |line|
  what, first, second, third = line.split
  case what
  when 'server' then client = Dalli::Client.new("#{first}:#{second}", serializer: serializer)
  when 'write'
    data = (third || '').unpack1('m')
    value = second == 'json' ? JSON.parse(data) : data
    client.set(first, value, nil, raw: second == 'raw') or raise first
  when 'read'
    value = client.get(first)
    type = value.is_a?(String) ? 'string' : 'json'
    data = value.is_a?(String) ? value.b : JSON.generate(value)
    puts "#{first} #{type} #{[data].pack('m0')}"
  end
end
