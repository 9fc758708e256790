# Asks the real Dalli where keys live.
#
# stdin:  {"keys": [text], "questions": [{"servers": [[host, port, weight]], "dead": [index]}]}
# stdout: per question, the index of the server of each key; -1 where Dalli finds none
require 'json'
require 'dalli'

Server = Struct.new(:name, :weight, :index, :live) do
  def alive?
    live
  end
end

asked = JSON.parse($stdin.read)
answers = asked['questions'].map do |question|
  dead = question['dead'] || []
  servers = question['servers'].each_with_index.map do |(host, port, weight), index|
    Server.new("#{host}:#{port}", weight, index, !dead.include?(index))
  end
  ring = Dalli::Ring.new(servers, threadsafe: false)
  asked['keys'].map do |key|
    ring.server_for_key(key).index
  rescue Dalli::RingError
    -1
  end
end
$stdout.write(JSON.generate(answers))
