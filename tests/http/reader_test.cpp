#include "http/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/reader_driver.h"

namespace http {
namespace {

using test::drive;
using test::Outcome;
using State = RequestReader::State;

// Every cut into two pieces, and byte by byte, must agree with the whole.
Outcome read(const std::string& bytes, std::size_t body_limit = 1000) {
  const Outcome whole = drive(bytes, {bytes.size()}, body_limit);
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    EXPECT_EQ(drive(bytes, {cut, bytes.size()}, body_limit), whole) << "cut at " << cut << " of: " << bytes;
  }
  EXPECT_EQ(drive(bytes, {1}, body_limit), whole) << "byte by byte: " << bytes;
  return whole;
}

std::string get(const std::string& fields) { return "GET /a HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"; }
std::string post(const std::string& fields, const std::string& rest = "") {
  return "POST /a HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + rest;
}
std::string chunked(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }

struct Row {
  std::string bytes;
  int status;
};

void expect_refused(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const auto outcome = read(row.bytes);
    EXPECT_EQ(outcome.state, State::kRefused) << row.bytes;
    EXPECT_EQ(outcome.status, row.status) << row.bytes;
  }
}

TEST(Reader, OrdinaryRequestsAreRead) {
  EXPECT_EQ(read(get("")).state, State::kDone);
  const auto length = read(post("Content-Length: 5\r\nX-A: 1\r\nx-a:\t 2 \r\nX-Empty:\r\n", "hello"));
  EXPECT_EQ(length.state, State::kDone);
  EXPECT_EQ(length.body, "hello");
  EXPECT_EQ(length.fields.size(), 5U);
  EXPECT_EQ(length.fields[3].second, "2");
  EXPECT_EQ(read(chunked("5\r\nhello\r\n00A\r\n, world...\r\n0\r\n\r\n")).body, "hello, world...");
  EXPECT_EQ(read(post("Content-Length: 0\r\n")).state, State::kDone);
  EXPECT_EQ(read(post("")).state, State::kDone);
  EXPECT_EQ(read("DELETE /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}").body, "{}");
  EXPECT_EQ(read("GET /a HTTP/1.0\r\n\r\n").state, State::kDone);
}

TEST(Reader, HostsAreNamesAddressesAndPorts) {
  for (const char* host : {"a", "a.example:8080", "127.0.0.1:1", "[::1]", "[fe80::1]:443", "under_score"}) {
    EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n").state, State::kDone) << host;
  }
}

TEST(Reader, QueriesMayHoldWhatBrowsersLeaveRaw) {
  EXPECT_EQ(read("GET /a?filter[x]=a|b&c={d}^` HTTP/1.1\r\nHost: a\r\n\r\n").state, State::kDone);
}

TEST(Reader, StopsAtTheEndOfTheRequest) {
  const std::string first = post("Content-Length: 2\r\n", "ab");
  EXPECT_EQ(read(first + "GET /b HTTP/1.1\r\n").used, first.size());
  const std::string other = chunked("1\r\na\r\n0\r\n\r\n");
  EXPECT_EQ(read(other + "x").used, other.size());
}

TEST(Reader, KeepAliveIsWhatTheClientAllows) {
  const auto keeps = [](const std::string& bytes) {
    RequestReader reader;
    reader.feed(bytes);
    EXPECT_EQ(reader.state(), State::kHeadDone);
    return reader.head().keep_alive;
  };
  EXPECT_TRUE(keeps(get("")));
  EXPECT_FALSE(keeps(get("Connection: close\r\n")));
  EXPECT_FALSE(keeps(get("Connection: TE, Close\r\n")));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(Reader, T_E12_ValuesAreKeptAsSent) {
  EXPECT_EQ(read(get("X-A: a%0d%0aSet-Cookie: b\r\n")).fields[1].second, "a%0d%0aSet-Cookie: b");
}

TEST(Reader, T_E14_RangeIsDroppedAndEncodedBodiesAreRefused) {
  const auto outcome = read(get("Range: bytes=0-,0-,0-\r\nIf-Range: x\r\n"));
  EXPECT_EQ(outcome.state, State::kDone);
  EXPECT_EQ(outcome.fields.size(), 1U);
  expect_refused({
      {post("Content-Length: 5\r\nContent-Encoding: gzip\r\n", "hello"), 415},
      {post("Content-Length: 5\r\nContent-Encoding: br\r\n", "hello"), 415},
      {post("Content-Length: 5\r\nContent-Encoding: identity\r\n", "hello"), 415},
      {get("Content-Encoding: deflate\r\n"), 415},
  });
}

TEST(Reader, T_E16_MultipartIsRefused) {
  expect_refused({
      {post("Content-Length: 5\r\nContent-Type: multipart/form-data; boundary=x\r\n", "hello"), 415},
      {post("Content-Length: 5\r\nContent-Type: Multipart/Mixed\r\n", "hello"), 415},
  });
}

TEST(Reader, T_E05_BadChunksAreRefused) {
  expect_refused({
      {chunked("-1\r\n"), 400},
      {chunked("-2\r\nab"), 400},
      {chunked("+1\r\na"), 400},
      {chunked("11111111111111111\r\n"), 400},
      {chunked("0x10\r\n"), 400},
      {chunked("5;name=value\r\nhello"), 400},
      {chunked("5 \r\nhello"), 400},
      {chunked(" 5\r\nhello"), 400},
      {chunked("5\nhello"), 400},
      {chunked("\r\n"), 400},
      {chunked("g\r\n"), 400},
      {chunked("5\r\nhello0\r\n\r\n"), 400},
      {chunked("5\r\nhello\n0\r\n\r\n"), 400},
      {chunked("5\r\nhello\r0\r\n\r\n"), 400},
      {chunked("5\r\nhelloo\r\n0\r\n\r\n"), 400},
      {chunked("0\r\nX-Trailer: a\r\n\r\n"), 400},
      {chunked("0\r\nGET / HTTP/1.1\r\n"), 400},
      {chunked("ffffffff\r\n"), 413},
      {chunked("3e9\r\n"), 413},
      {chunked("3e8\r\n" + std::string(1000, 'x') + "\r\n1\r\ny"), 413},
  });
}

TEST(Reader, T_E05_ALongBodyIsRefusedAtItsAnnouncement) {
  expect_refused({{post("Content-Length: 1001\r\n"), 413},
                  {post("Content-Length: 10000000000\r\nExpect: 100-continue\r\n"), 413}});
  EXPECT_EQ(read(post("Content-Length: 1000\r\n", std::string(1000, 'x'))).state, State::kDone);
}

TEST(Reader, T_E06_ContentLengthHasOneSpelling) {
  std::vector<Row> rows;
  for (const char* value : {" +5",
                            " 5,5",
                            " 5, 5",
                            "  5",
                            " -1",
                            " abc",
                            " 18446744073709551616",
                            " 18446744073709551615",
                            " 9223372036854775808",
                            "\t5",
                            " 5 ",
                            " 5\t",
                            " 05",
                            " 0x5",
                            " ",
                            "",
                            " 5.0",
                            " 5;",
                            " \"5\"",
                            " 5\xc2\xa0"}) {
    rows.push_back({post("Content-Length:" + std::string(value) + "\r\n", "hello"), 400});
  }
  rows.push_back({post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400});
  rows.push_back({post("Content-Length: 5\r\nContent-length: 6\r\n", "hello"), 400});
  rows.push_back({post("Content-Length: 0\r\ncontent-length: 5\r\n", "hello"), 400});
  expect_refused(rows);
}

TEST(Reader, T_E07_TransferEncodingHasOneSpelling) {
  std::vector<Row> rows;
  for (const char* value :
       {" gzip, chunked", " chunked, identity", " xchunked", "\tchunked", " chunked\t", " \tchunked", " chunked ",
        " identity", " chunked,", " ,chunked", " chunked, chunked", " \"chunked\"", " chunked;q=1", "",
        " \x0b"
        "chunked",
        " chunke", " chunkedd"}) {
    rows.push_back({post("Transfer-Encoding:" + std::string(value) + "\r\n", "0\r\n\r\n"), 400});
  }
  rows.push_back({post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400});
  rows.push_back({post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 400});
  rows.push_back({post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400});
  rows.push_back({post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"), 400});
  rows.push_back({"POST /a HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400});
  rows.push_back({post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), 400});
  expect_refused(rows);
  EXPECT_EQ(read(post("transfer-encoding:Chunked\r\n", "0\r\n\r\n")).state, State::kDone);
}

TEST(Reader, T_E08_LinesAndNamesAreStrict) {
  using std::string_literals::operator""s;
  expect_refused({
      {"GET /a HTTP/1.1\nHost: a\r\n\r\n", 400},
      {"GET /a HTTP/1.1\r\nHost: a\n\r\n", 400},
      {"GET /a HTTP/1.1\r\nHost: a\r\n\n", 400},
      {"GET /a HTTP/1.1\rHost: a\r\n\r\n", 400},
      {"GET /a HTTP/1.1\r\r\nHost: a\r\n\r\n", 400},
      {get("X: a\rb\r\n"), 400},
      {get("X: a\r\n folded\r\n"), 400},
      {get("X: a\r\n\tfolded\r\n"), 400},
      {"GET /a HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      {get("X : a\r\n"), 400},
      {get("X\t: a\r\n"), 400},
      {get(": a\r\n"), 400},
      {get("X\r\n"), 400},
      {get("X\0: a\r\n"s), 400},
      {get("X: a\0b\r\n"s), 400},
      {get("X: a\x01\r\n"), 400},
      {get("X: a\x7f\r\n"), 400},
      {get("X\xc3\xa9: a\r\n"), 400},
      {get("X\x80: a\r\n"), 400},
      {get("X: \xff\r\n"), 400},
      {get("X: \xc0\xaf\r\n"), 400},
      {get("X(: a\r\n"), 400},
      {get("X Y: a\r\n"), 400},
      {get("\"X\": a\r\n"), 400},
      {"\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"\x16\x03\x01\x02", 400},
  });
  EXPECT_EQ(read(get("X: caf\xc3\xa9\r\n")).state, State::kDone);
}

TEST(Reader, T_E09_ExactlyOneHost) {
  expect_refused({
      {"GET /a HTTP/1.1\r\n\r\n", 400},
      {"GET /a HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {get("Host: a\r\n"), 400},
      {get("host: b\r\n"), 400},
      {"GET /a HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {"GET /a HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"GET /a HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
      {"GET /a HTTP/1.1\r\nHost: a:\r\n\r\n", 400},
      {"GET /a HTTP/1.1\r\nHost: a:x\r\n\r\n", 400},
      {"GET /a HTTP/1.1\r\nHost: a:123456\r\n\r\n", 400},
      {"GET /a HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
      {"GET /a HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
      {"GET /a HTTP/1.1\r\nHost: [::1]x\r\n\r\n", 400},
      {"GET /a HTTP/1.1\r\nHost: ::1\r\n\r\n", 400},
      {"GET /a HTTP/1.1\r\nHost: :80\r\n\r\n", 400},
  });
}

TEST(Reader, T_E10_GetAndHeadHaveNoBody) {
  expect_refused({
      {get("Content-Length: 5\r\n") + "hello", 400},
      {get("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400},
      {"HEAD /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", 400},
  });
  EXPECT_EQ(read(get("Content-Length: 0\r\n")).state, State::kDone);
}

TEST(Reader, T_E11_TargetsHaveNoRawSurprises) {
  for (const std::string target : {"/a#b", "/a\\b", "/a\"b", "/<a>", "/a\xc3\xa9", "/a{b}", "/a|b", "/a[1]", "/a?b=\"",
                                   "/a?b=<", "/a?\\", "/a?b#c", "/a\tb", "a", "*", "?x", "//\x80"}) {
    expect_refused({{"GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n", 400}});
  }
}

TEST(Reader, T_E18_OtherMethodsFormsAndVersionsAreRefused) {
  expect_refused({
      {"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405},
      {"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 405},
      {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 405},
      {"PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n", 405},
      {"get / HTTP/1.1\r\nHost: a\r\n\r\n", 405},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"GET http://other/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET //HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /\r\n\r\n", 400},
      {"GET / HTTP/0.9\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/2\r\nHost: a\r\n\r\n", 400},
      {"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1 x\r\nHost: a\r\n\r\n", 400},
      {"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {get("Expect: 200-ok\r\n"), 417},
      {get("Authorization: a\r\nAuthorization: b\r\n"), 400},
      {post("Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 0\r\n"), 400},
  });
}

TEST(Reader, T_E17_ExpectIsReported) {
  RequestReader reader;
  reader.feed(post("Content-Length: 5\r\nExpect: 100-Continue\r\n"));
  EXPECT_EQ(reader.state(), State::kHeadDone);
  EXPECT_TRUE(reader.head().expects_continue);
}

// Returns how many bytes were taken before the refusal.
std::size_t flood(const std::string& start, const std::string& repeated, int expected_status) {
  RequestReader reader;
  std::size_t taken = reader.feed(start);
  while (reader.state() == State::kHead && taken < (std::size_t{60} << 20U)) taken += reader.feed(repeated);
  EXPECT_EQ(reader.state(), State::kRefused);
  EXPECT_EQ(reader.refusal().status, expected_status);
  return taken;
}

TEST(Reader, T_E04_FloodsAreCutEarly) {
  EXPECT_LT(flood("GET /", std::string(4096, 'a'), 414), std::size_t{20'000});
  EXPECT_LT(flood(std::string(1, 'G'), std::string(4096, 'G'), 414), std::size_t{20'000});
  EXPECT_LT(flood("GET / HTTP/1.1\r\nHost: a\r\n", "A: b\r\n", 431), std::size_t{1000});
  EXPECT_LT(flood("GET / HTTP/1.1\r\nHost: a\r\nA: ", std::string(4096, 'b'), 431), std::size_t{20'500});
}

TEST(Reader, LimitsAreInclusive) {
  std::string fields;
  for (int index = 0; index < 63; ++index) fields += "A: b\r\n";
  EXPECT_EQ(drive(get(fields), {1}).state, State::kDone);
  EXPECT_EQ(drive(get(fields + "A: b\r\n"), {1}).status, 431);
  const std::string filler((std::size_t{16} << 10U) - get("X: \r\n").size(), 'x');
  EXPECT_EQ(drive(get("X: " + filler + "\r\n"), {1}).state, State::kDone);
  EXPECT_EQ(drive(get("X: " + filler + "x\r\n"), {1}).status, 431);
  const std::string path = "/" + std::string(std::size_t{7} * 1024 - 1, 'p');
  EXPECT_EQ(drive("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n", {1}).state, State::kDone);
  EXPECT_EQ(drive("GET " + path + "p HTTP/1.1\r\nHost: a\r\n\r\n", {1}).status, 414);
}

}  // namespace
}  // namespace http
