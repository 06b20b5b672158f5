-- What Lua does with files, text, tables, coroutines and the clock, a line for each.
local function say(what, ...)
	print(what .. ":", ...)
end

local path = os.tmpname()
local file = assert(io.open(path, "w"))
for i = 1, 1000 do
	file:write(i, " ", i * i, "\n")
end
say("seek", file:seek("cur") > 0)
file:close()

local sum, lines = 0, 0
for line in io.lines(path) do
	sum = sum + tonumber(line:match(" (%d+)$"))
	lines = lines + 1
end
say("lines", lines, sum)
say("rename", os.rename(path, path .. ".new"))
say("open", select(3, io.open(path)))
say("remove", os.remove(path .. ".new"))
say("remove again", select(3, os.remove(path .. ".new")))

local words = {}
for word in ("the quick brown fox jumps over the lazy dog"):gmatch("%a+") do
	words[#words + 1] = word
end
table.sort(words)
say("sort", table.concat(words, " "))
say("gsub", (("one two"):gsub("%w+", string.upper)))
say("format", string.format("%5.2f|%x|%q", 3.14159, 255, "a\nb"))

local function primes(most)
	return coroutine.wrap(function()
		for n = 2, most do
			local is_prime = true
			for i = 2, math.floor(math.sqrt(n)) do
				is_prime = is_prime and n % i ~= 0
			end
			if is_prime then coroutine.yield(n) end
		end
	end)
end
local count = 0
for _ in primes(2000) do count = count + 1 end
say("primes", count)

local garbage = {}
for i = 1, 20000 do garbage[i % 100 + 1] = { i, tostring(i) } end
collectgarbage()
say("memory", collectgarbage("count") < 2000)
say("error", pcall(error, "a reason", 0))
say("time", os.time() > 0, os.date("!%Y", 0))
say("clock", os.clock() >= 0)
say("getenv", os.getenv("CASE_RUN") ~= nil, os.getenv("NONE"))
