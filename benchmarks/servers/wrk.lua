-- Prints the results as one line of JSON. With BORROW set, each request borrows the
-- next book, beginning after the book with the ID in BORROW.
local number = tonumber(os.getenv("BORROW"))

if number then
  request = function()
    number = number + 1
    return wrk.format("POST", "/api/v1/books/" .. number .. "/borrow/")
  end
end

done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "seconds": %f, "p50": %f, "p95": %f, "p99": %f, "errors": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(95) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.timeout + errors.status))
end
