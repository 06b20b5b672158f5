-- The interpreter's libraries, as far as they reach the C library and the kernel. Prints a line a test.
-- Run as: lua all.lua FOLDER, a folder that it may write in.

local folder = assert(arg[1])
local function path(name) return folder .. "/" .. name end

local function check(name, test)
	local good, why = pcall(test)
	print((good and "pass " or "fail ") .. name)
	if not good then io.stderr:write(name, ": ", tostring(why), "\n") end
end

local function equal(got, wanted)
	if got ~= wanted then error(("%q instead of %q"):format(tostring(got), tostring(wanted)), 2) end
end

check("write a file and read it back", function()
	local file = assert(io.open(path("a"), "w"))
	for line = 1, 10000 do file:write(line, "\n") end
	assert(file:close())
	local sum, lines = 0, 0
	for line in io.lines(path("a")) do sum, lines = sum + tonumber(line), lines + 1 end
	equal(lines, 10000)
	equal(sum, 50005000)
end)

check("seek and overwrite", function()
	local file = assert(io.open(path("a"), "r+"))
	equal(file:seek("end"), 48894)
	equal(file:seek("set", 2), 2)
	file:write("X")
	equal(file:seek("cur"), 3)
	file:seek("set")
	equal(file:read(5), "1\nX\n3")
	file:close()
end)

check("append", function()
	for _ = 1, 3 do
		local file = assert(io.open(path("b"), "a"))
		file:write("line\n")
		file:close()
	end
	local file = assert(io.open(path("b")))
	equal(file:read("a"), "line\nline\nline\n")
	file:close()
end)

for _, mode in ipairs { "no", "full", "line" } do
	check("a buffer of kind " .. mode, function()
		local file = assert(io.open(path("c"), "w"))
		assert(file:setvbuf(mode, 512))
		file:write(("x"):rep(1000), "\n", "y")
		local other = assert(io.open(path("c")))
		local seen = #other:read("a")
		other:close()
		file:close()
		if mode == "no" then equal(seen, 1002) end
		if mode == "line" then assert(seen >= 1001, seen) end
		other = assert(io.open(path("c")))
		equal(#other:read("a"), 1002)
		other:close()
	end)
end

check("errors of files name them and the reason", function()
	local file, why, number = io.open(path("missing/file"))
	equal(file, nil)
	equal(why, path("missing/file") .. ": No such file or directory")
	equal(number, 2)
	equal(select(3, io.open(folder, "w")), 21)
	equal(select(3, os.remove(path("missing"))), 2)
	local reading = assert(io.open(path("b")))
	equal(reading:write("x"), nil)
	reading:close()
end)

check("rename and remove", function()
	assert(os.rename(path("b"), path("d")))
	equal(io.open(path("b")), nil)
	assert(os.remove(path("d")))
	equal(io.open(path("d")), nil)
end)

check("a file without a name", function()
	local file = assert(io.tmpfile())
	file:write("gone")
	file:seek("set")
	equal(file:read("a"), "gone")
	file:close()
	local name = os.tmpname()
	assert(io.open(name)):close()
	assert(os.remove(name))
end)

check("read from a process", function()
	local pipe = assert(io.popen("echo one; echo two >&2; echo three", "r"))
	equal(pipe:read("a"), "one\nthree\n")
	local good, how, status = pipe:close()
	equal(good, true) equal(how, "exit") equal(status, 0)
end)

check("write to a process", function()
	local pipe = assert(io.popen("cat >" .. path("e"), "w"))
	pipe:write(("0123456789"):rep(20000))
	assert(pipe:close())
	local file = assert(io.open(path("e")))
	equal(#file:read("a"), 200000)
	file:close()
end)

check("the end of a process", function()
	local function ends(command, how, status)
		local good, kind, number = os.execute(command)
		equal(good, status == 0 and true or nil) equal(kind, how) equal(number, status)
	end
	ends("exit 0", "exit", 0)
	ends("exit 3", "exit", 3)
	ends("kill -9 $$", "signal", 9)
	ends("kill -TERM $$", "signal", 15)
	equal(os.execute(), true)
end)

check("many processes", function()
	for number = 1, 40 do
		local pipe = assert(io.popen("echo " .. number))
		equal(pipe:read("n"), number)
		pipe:close()
	end
end)

check("time and date", function()
	local before, clock = os.time(), os.clock()
	assert(before > 1700000000)
	equal(os.date("!%Y-%m-%d %H:%M:%S", 0), "1970-01-01 00:00:00")
	equal(os.date("!%A %j", 86400 * 59), "Sunday 060")
	equal(os.time { year = 2024, month = 2, day = 29, hour = 12 } - os.time { year = 2024, month = 2, day = 28, hour = 12 },
		86400)
	while os.clock() - clock < 0.01 do end
	assert(os.difftime(os.time(), before) >= 0)
end)

check("the environment", function()
	assert(#os.getenv("PATH") > 0)
	equal(os.getenv("A_VARIABLE_THAT_NOBODY_SETS"), nil)
end)

check("locales", function()
	equal(os.setlocale("C"), "C")
	equal(os.setlocale(), "C")
	equal(os.setlocale("C", "numeric"), "C")
end)

check("numbers to text and back", function()
	equal(("%.14g %5.1f %e %a"):format(0.1, -2.25, 1e300, 1), "0.1  -2.2 1.000000e+300 0x1p+0")
	equal(("%d %5d %-5d| %x %#x"):format(-7, 42, 42, 255, 255), "-7    42 42   | ff 0xff")
	for number = -300, 300 do
		local value = 1.7 * 10.0 ^ number
		equal(tonumber(("%.17g"):format(value)), value)
	end
	equal(tonumber("0x1.8p1"), 3.0)
	equal(math.tointeger(2 ^ 53), 9007199254740992)
end)

check("functions of numbers", function()
	assert(math.abs(math.sin(1) ^ 2 + math.cos(1) ^ 2 - 1) < 1e-15)
	assert(math.abs(math.exp(math.log(7)) - 7) < 1e-14)
	equal(math.fmod(-7, 3), -1.0 // 1 | 0)
	equal(7 // -2, -4)
	equal(math.type(3 | 0), "integer")
end)

check("sort", function()
	local state, list = 12345, {}
	for place = 1, 20000 do
		state = (state * 1103515245 + 12345) % 2147483648
		list[place] = state
	end
	table.sort(list)
	for place = 2, #list do assert(list[place - 1] <= list[place]) end
	local words = { "b", "B", "a", "A", "~", " " }
	table.sort(words)
	equal(table.concat(words), " ABab~")
end)

check("patterns", function()
	equal(("key = value"):match("^(%w+)%s*=%s*(%w+)$"), "key")
	equal((("hello world"):gsub("o", "0")), "hell0 w0rld")
	equal(("äö"):len(), 4)
	equal(utf8.len("äö€𝄞"), 4)
	equal(utf8.char(228, 8364, 119070), "ä€𝄞")
end)

check("much memory, given back", function()
	collectgarbage()
	local before = collectgarbage("count")
	local big = {}
	for place = 1, 64 do big[place] = ("%d"):rep(200000) .. place end
	assert(collectgarbage("count") - before > 20000)
	big = nil
	collectgarbage()
	assert(collectgarbage("count") - before < 1000)
end)

check("more memory than there is", function()
	local good, why = pcall(string.rep, "x", 1 << 46)
	equal(good, false)
	assert(tostring(why):find("not enough memory") or tostring(why):find("too large"), why)
end)

check("coroutines", function()
	local function count(limit)
		return coroutine.wrap(function() for number = 1, limit do coroutine.yield(number) end end)
	end
	local sum = 0
	for number in count(100000) do sum = sum + number end
	equal(sum, 5000050000)
	local many = {}
	for place = 1, 2000 do many[place] = count(3) end
	for _, next in ipairs(many) do equal(next(), 1) end
end)

check("a deep stack ends in an error", function()
	local function deeper() return 1 + deeper() end
	local good, why = pcall(deeper)
	equal(good, false)
	assert(tostring(why):find("stack overflow"), why)
end)

check("errors go through calls of C", function()
	local good, why = pcall(table.sort, { 3, 2, 1 }, function() error("stop", 0) end)
	equal(good, false)
	equal(why, "stop")
end)

check("compile, strip, load", function()
	local file = assert(io.open(path("f.lua"), "w"))
	file:write("local a, b = ... return a * b, function() return a end")
	file:close()
	local chunk = assert(loadfile(path("f.lua")))
	equal(chunk(6, 7), 42)
	equal(assert(load(string.dump(chunk, true), "x", "b"))(6, 7), 42)
	package.path = folder .. "/?.lua"
	file = assert(io.open(path("g.lua"), "w"))
	file:write("return { name = ... }")
	file:close()
	equal(require("g").name, "g")
end)

check("what cannot be loaded says why", function()
	local good, why, where = package.loadlib(path("missing.so"), "luaopen_x")
	equal(good, nil)
	assert(#why > 0)
	assert(where == "open" or where == "absent", where)
end)
