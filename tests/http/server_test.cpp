#include <gmock/gmock.h>

#include <filesystem>
#include <thread>

#include "base/strings.h"
#include "tests/http/server_fixture.h"

namespace http::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST_F(ServerTest, AnswersAndClosesWhenAskedTo) {
  start();
  const auto response = get("/echo", "X-Echo: hello\r\n");
  EXPECT_EQ(status_of(response), 200);
  EXPECT_EQ(body_of(response), "hello");
  EXPECT_EQ(header_of(response, "Connection"), "close");
  EXPECT_EQ(peer_seen(), "127.0.0.1");
}

TEST_F(ServerTest, KeepsApiConnectionsAliveAndClosesWebhooks) {
  start();
  RawClient client(port_);
  for (int round = 0; round < 3; ++round) {
    client.send(post("/api", std::string(static_cast<std::size_t>(round), 'x')));
    const auto response = client.read_response();
    EXPECT_EQ(header_of(response, "Connection"), "keep-alive");
    EXPECT_EQ(body_of(response), std::to_string(round));
  }
  client.send(post("/hook", "abc"));
  EXPECT_EQ(header_of(client.read_response(), "Connection"), "close");
  client.read_all();
  EXPECT_TRUE(client.closed());
}

TEST_F(ServerTest, Http10IsAnsweredAndClosed) {
  start();
  const auto response = ask("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(status_of(response), 200);
  EXPECT_EQ(body_of(response), "ok");
}

TEST_F(ServerTest, HeadHasTheLengthOfGetAndNoBody) {
  start();
  for (const char* path : {"/healthz", "/large"}) {
    const auto response = ask("HEAD " + std::string(path) + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(status_of(response), 200);
    EXPECT_NE(header_of(response, "Content-Length"), "0");
    EXPECT_EQ(body_of(response), "");
  }
}

TEST_F(ServerTest, NoContentHasNoLength) {
  start();
  const auto response = ask("DELETE /things/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of(response), 204);
  EXPECT_EQ(header_of(response, "Content-Length"), "");
  EXPECT_EQ(body_of(response), "");
}

TEST_F(ServerTest, FilesAreStreamedAndRemovedIfAsked) {
  start();
  auto directory = base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "http");
  ASSERT_TRUE(directory);
  file_path_ = directory->path() / "log";
  const std::string text(std::size_t{5} << 20U, 'l');
  ASSERT_TRUE(base::write_file(file_path_, text));
  EXPECT_EQ(body_of(get("/file")), text);
  EXPECT_TRUE(std::filesystem::exists(file_path_));
  EXPECT_EQ(body_of(get("/file/once")), text);
  EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(file_path_); }));
  EXPECT_EQ(status_of(get("/file")), 500);
}

// What is sent besides the handler's own fields, and in what spelling; no server name, no version.
TEST_F(ServerTest, HeadersAreTheSameOnEveryLane) {
  start();
  for (const char* path : {"/echo", "/healthz", "/nothing"}) {
    const auto response = get(path);
    std::vector<std::string> names;
    for (const auto& line : base::split(response.substr(0, response.find("\r\n\r\n")), '\n')) {
      const auto name = line.substr(0, line.find(':'));
      if (name != "X-Echoed" && name != "Location" && name != "Content-Type") names.push_back(name);
    }
    names.erase(names.begin());
    EXPECT_THAT(
        names, testing::UnorderedElementsAre("Cache-Control", "Content-Security-Policy", "Cross-Origin-Resource-Policy",
                                             "Referrer-Policy", "X-Content-Type-Options", "X-Frame-Options",
                                             "X-Request-Id", "Date", "Content-Length", "Connection"))
        << path;
    EXPECT_TRUE(header_of(response, "X-Request-Id").starts_with("req-"));
  }
}

TEST_F(ServerTest, EveryRequestHasItsOwnId) {
  start();
  const auto first = get("/echo");
  EXPECT_NE(header_of(first, "X-Request-Id"), header_of(get("/echo"), "X-Request-Id"));
  const auto missing = get("/nothing");
  EXPECT_THAT(body_of(missing), HasSubstr(header_of(missing, "X-Request-Id")));
}

TEST_F(ServerTest, T_E21_AHandlersExceptionIsA500WithTheIdOnly) {
  start();
  for (const char* path : {"/throw", "/throw/int", "/throw/memory"}) {
    const auto response = get(path);
    EXPECT_EQ(status_of(response), 500);
    EXPECT_THAT(response, Not(HasSubstr("secret")));
    EXPECT_THAT(body_of(response), HasSubstr(header_of(response, "X-Request-Id")));
  }
  EXPECT_EQ(status_of(get("/healthz")), 200);
}

// More requests wait for their answers than there are workers: none is held by them.
TEST_F(ServerTest, AnAnswerThatComesLaterHoldsNoWorker) {
  base::Guarded<std::vector<Completion>> waiting;
  router_.add({Method::kPost, "/later", [&](const Request& request) {
                 Response response;
                 response.later = [&waiting, &request](Completion completion) {
                   if (request.body == "never") return;
                   waiting.with([&](auto& all) { all.push_back(std::move(completion)); });
                 };
                 return response;
               }});
  ServerOptions options;
  options.api_workers = 1;
  start(options);
  RawClient first(port_), second(port_), third(port_);
  first.send(post("/later", "1"));
  second.send(post("/later", "2"));
  while (waiting.with([](const auto& all) { return all.size(); }) < 2) std::this_thread::yield();
  third.send(post("/later", "never"));
  const auto refused = third.read_response();
  EXPECT_EQ(status_of(refused), 503);
  EXPECT_NE(header_of(refused, "Retry-After"), "");
  for (auto& completion : waiting.with([](auto& all) { return std::exchange(all, {}); })) {
    completion({.status = 200, .body = "late"});
  }
  EXPECT_EQ(body_of(first.read_response()), "late");
  EXPECT_EQ(body_of(second.read_response()), "late");
}

TEST_F(ServerTest, AnAnswerMayComeAfterTheServerHasGone) {
  base::Guarded<std::vector<Completion>> waiting;
  router_.add({Method::kPost, "/later", [&](const Request&) {
                 Response response;
                 response.later = [&waiting](Completion completion) {
                   waiting.with([&](auto& all) { all.push_back(std::move(completion)); });
                 };
                 return response;
               }});
  start();
  RawClient client(port_);
  client.send(post("/later", std::string(10'000, 'x')));
  while (waiting.with([](const auto& all) { return all.empty(); })) std::this_thread::yield();
  server_->stop(std::chrono::milliseconds(1));
  server_.reset();
  waiting.with([](auto& all) { all.clear(); });
  client.read_all();
  EXPECT_TRUE(client.closed());
}

TEST_F(ServerTest, T_E09_OtherHostsAreMisdirected) {
  start({.allowed_hosts = {"runbridge.example", "127.0.0.1:8080"}});
  const auto with_host = [&](const std::string& host) {
    return status_of(ask("GET /healthz HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"));
  };
  EXPECT_EQ(with_host("RunBridge.example"), 200);
  EXPECT_EQ(with_host("runbridge.example:8443"), 200);
  EXPECT_EQ(with_host("127.0.0.1:8080"), 200);
  EXPECT_EQ(with_host("127.0.0.1:8081"), 421);
  EXPECT_EQ(with_host("evil.example"), 421);
  EXPECT_EQ(with_host("runbridge.example.evil"), 421);
  EXPECT_EQ(status_of(ask("GET /healthz HTTP/1.0\r\n\r\n")), 421);
}

TEST_F(ServerTest, T_E10_BytesBehindARequestAreNeverRun) {
  start();
  const auto hidden = ask(post("/api", "") + "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_of(hidden), 202);
  EXPECT_EQ(header_of(hidden, "Connection"), "close");
  const std::string smuggled = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(status_of(ask("GET /things/1 HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(smuggled.size()) +
                          "\r\n\r\n" + smuggled)),
            400);
  RawClient late(port_);
  late.send("GET /things/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 37\r\n\r\n");
  late.read_until([](const std::string& text) { return !text.empty(); });
  late.send(smuggled);
  EXPECT_EQ(status_of(late.read_all()), 400);
  EXPECT_THAT(seen_.copy(), ElementsAre("POST /api "));
}

TEST_F(ServerTest, T_E11_NoHandlerSeesAHostilePath) {
  start();
  for (const char* id : {"%00", "%2e%2e", "%2e", "..", "a%2fb", "a%2Fb", "a%5cb", "..;", "..;/x", "%252e%252e", "%zz",
                         "%", "%c0%af", "%e0%80%af", "%ff", "%0d%0a"}) {
    const int status = status_of(get("/things/" + std::string(id)));
    EXPECT_TRUE(status == 400 || status == 404) << id << " gave " << status;
  }
  EXPECT_TRUE(seen_.copy().empty());
}

TEST_F(ServerTest, T_E12_NoExtraHeaderComesOut) {
  start();
  const auto encoded = get("/echo", "X-Echo: a%0d%0aSet-Cookie: b\r\n");
  EXPECT_EQ(header_of(encoded, "X-Echoed"), "a%0d%0aSet-Cookie: b");
  EXPECT_EQ(header_of(encoded, "Set-Cookie"), "");
  const auto decoded = get("/echo?to=/x%0d%0aSet-Cookie:%20b%0d%0a%0d%0a<script>");
  EXPECT_EQ(status_of(decoded), 400);  // '<' must be encoded
  const auto redirect = get("/echo?to=/x%0d%0aSet-Cookie:%20b%0d%0a%0d%0abody");
  EXPECT_EQ(status_of(redirect), 200);
  EXPECT_EQ(header_of(redirect, "Location"), "/x  Set-Cookie: b    body");
  EXPECT_EQ(header_of(redirect, "Set-Cookie"), "");
  EXPECT_EQ(body_of(redirect), "");
}

TEST_F(ServerTest, T_E13_ForwardedFieldsOfStrangersAreIgnored) {
  start();
  get("/echo", "X-Forwarded-For: 192.0.2.1\r\nREMOTE_ADDR: 192.0.2.2\r\nX-Real-IP: 192.0.2.3\r\nForwarded: for=x\r\n");
  EXPECT_EQ(peer_seen(), "127.0.0.1");
  const auto headers = headers_.copy();
  EXPECT_FALSE(headers.has("X-Forwarded-For") || headers.has("X-Real-IP") || headers.has("Forwarded"));
}

TEST_F(ServerTest, T_E13_AProxysWordCountsFromTheRight) {
  start({.trusted_proxies = {"127.0.0.0/8", "10.0.0.0/8"}});
  const auto peer_for = [&](const std::string& forwarded) {
    get("/echo", "X-Forwarded-For: " + forwarded + "\r\n");
    return peer_seen();
  };
  EXPECT_EQ(peer_for("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(peer_for("1.1.1.1, 192.0.2.1, 10.1.1.1"), "192.0.2.1");
  EXPECT_EQ(peer_for("1.1.1.1\r\nX-Forwarded-For: 192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(peer_for("192.0.2.1:4711"), "192.0.2.1");
  EXPECT_EQ(peer_for("[2001:db8::1]:443"), "2001:db8::1");
  EXPECT_EQ(peer_for(""), "127.0.0.1");
  EXPECT_EQ(peer_for("192.0.2.1, garbage"), "127.0.0.1");
  EXPECT_EQ(peer_for("garbage, 192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(peer_for("1.1.1.1, garbage, 10.1.1.1"), "10.1.1.1");
  std::string hops = "6.6.6.6";
  for (int hop = 0; hop < 100; ++hop) hops += ",10.0.0.1";
  EXPECT_EQ(peer_for(hops), "10.0.0.1");
}

TEST_F(ServerTest, ABadTrustedProxyIsNamedAtTheStart) {
  const auto started = Server::start(router_, {.trusted_proxies = {"10.0.0.0/33"}});
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("10.0.0.0/33"));
}

TEST_F(ServerTest, AnAddressInUseIsNamedAtTheStart) {
  start();
  const auto second = Server::start(router_, {.port = port_});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::Code::kUnavailable);
  EXPECT_THAT(second.error().message, HasSubstr(std::to_string(port_)));
}

TEST_F(ServerTest, T_E14_RangesAreIgnoredAndEncodedBodiesRefused) {
  start();
  std::string ranges = "0-0";
  for (int part = 0; part < 400; ++part) ranges += ",0-";
  const auto whole = get("/echo", "X-Echo: hello\r\nRange: bytes=" + ranges + "\r\n");
  EXPECT_EQ(status_of(whole), 200);
  EXPECT_EQ(body_of(whole), "hello");
  EXPECT_EQ(status_of(ask(
                "POST /api HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08x")),
            415);
}

TEST_F(ServerTest, T_E16_MultipartIsRefusedBeforeItIsRead) {
  start();
  EXPECT_EQ(status_of(ask("POST /api HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=" +
                          std::string(8000, 'x') + "\r\nContent-Length: 1000000\r\n\r\n--x")),
            415);
}

TEST_F(ServerTest, T_E17_AnOversizedBodyIsRefusedInsteadOfContinued) {
  start();
  EXPECT_EQ(
      status_of(ask("POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000000\r\nExpect: 100-continue\r\n\r\n")),
      413);
}

TEST_F(ServerTest, T_E17_ContinueIsSentWhenTheHeadIsGood) {
  start();
  RawClient client(port_);
  client.send("POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  const auto& interim = client.read_until([](const std::string& text) { return text.ends_with("\r\n\r\n"); });
  EXPECT_EQ(interim, "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hello");
  EXPECT_THAT(client.read_all(), HasSubstr("HTTP/1.1 202 "));
}

TEST_F(ServerTest, T_E18_OnlyKnownMethodsOverHttp1) {
  start();
  const auto trace = ask("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_of(trace), 405);
  EXPECT_EQ(header_of(trace, "Allow"), "GET, HEAD, POST, PUT, PATCH, DELETE");
  EXPECT_EQ(status_of(ask("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n")), 405);
  EXPECT_EQ(status_of(ask("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")), 400);
  EXPECT_EQ(status_of(ask("GET http://other/ HTTP/1.1\r\nHost: a\r\n\r\n")), 400);
  EXPECT_EQ(status_of(ask("GET /\r\n\r\n")), 400);
  const auto wrong = ask("PUT /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of(wrong), 405);
  EXPECT_EQ(header_of(wrong, "Allow"), "GET, HEAD");
}

// One of each kind of framing fault, on the wire: refused, closed, and nothing ran.
TEST_F(ServerTest, T_E05_E06_E07_E08_BadFramingIsRefusedAndClosed) {
  start();
  const std::string head = "POST /hook HTTP/1.1\r\nHost: a\r\n";
  for (const std::string& rest : {
           std::string("Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
           std::string("Content-Length: +5\r\n\r\nhello"),
           std::string("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
           std::string("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
           std::string("Transfer-Encoding: chunked\r\n\r\n-2\r\nab\r\n0\r\n\r\n"),
           std::string("Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n"),
           std::string("X: a\r\n folded\r\nContent-Length: 0\r\n\r\n"),
           std::string("X : a\r\nContent-Length: 0\r\n\r\n"),
           std::string("X: a\nContent-Length: 0\r\n\r\n"),
       }) {
    RawClient client(port_);
    client.send(head + rest);
    EXPECT_EQ(status_of(client.read_all()), 400) << rest;
    EXPECT_TRUE(client.closed());
  }
  EXPECT_TRUE(seen_.copy().empty());
}

TEST_F(ServerTest, TheSameBytesInPiecesGiveTheSameAnswer) {
  start();
  const auto request = post("/hook", "hello world");
  for (std::size_t cut = 1; cut < request.size(); cut += 7) {
    RawClient client(port_);
    client.send(std::string_view(request).substr(0, cut));
    client.send(std::string_view(request).substr(cut));
    EXPECT_EQ(body_of(client.read_all()), "11");
  }
}

}  // namespace
}  // namespace http::test
