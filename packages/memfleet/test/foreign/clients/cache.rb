# Dalli, call by call.
#
# argv:   host:port, namespace of keys
# stdin:  a line for each call, as JSON: [method, argument, ...]; the last argument may be an object of options
# stdout: a line for each, as JSON: {"result": ...}
require 'dalli'
require 'json'
require 'logger'

Dalli.logger = Logger.new(nil)
client = Dalli::Client.new(ARGV[0], namespace: ARGV[1])
$stdout.sync = true

$stdin.each_line do |line|
  method, *words = JSON.parse(line)
  words[-1] = words[-1].transform_keys(&:to_sym) if words[-1].is_a?(Hash)
  result = client.public_send(method, *words)
  # The cas of a store.
  result = true if %w[set add].include?(method) && result
  puts JSON.generate(result: result)
end
