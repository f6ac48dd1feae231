#include "net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>

#include <cstdlib>
#include <future>

#include "base/strings.h"
#include "net/outbound_policy.h"
#include "tests/net/fake_resolver.h"
#include "tests/net/tiny_server.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using net_test::FakeResolver;
using net_test::ok;
using net_test::resolves_to;
using net_test::send_all;
using net_test::TinyServer;
using net_test::wait_for_close;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr ClientLimits kShort{.connect = 300ms, .tls = 300ms, .first_byte = 300ms};

OutboundPolicy local_policy() {
  return *OutboundPolicy::parse({"127.0.0.1"}, {"127.0.0.1", "git.test", "other.test", "proxy.test", "blocked.test"});
}

std::unique_ptr<HttpClient> client(const ClientLimits& limits = {}) { return make_http_client(local_policy(), limits); }

base::Result<ClientResponse> get(const std::string& url, const ClientLimits& limits = {}) {
  return client(limits)->send({}, {.url = url});
}

// A value the server sees in a header, an error and nowhere else.
base::Secret token() { return base::Secret("Bearer canary-5f2c"); }

// The connection to a server near by is there in less than a millisecond.
TEST(HttpClient, AnAnswerMayTakeLongerThanTheConnection) {
  const TinyServer server([](int fd, const std::string&) {
    pollfd wait{.fd = fd, .events = 0, .revents = 0};
    ::poll(&wait, 1, 400);  // a client that gives up before ends it
    send_all(fd, ok("late"));
    return true;
  });
  const auto response = get(server.url("/"), {.connect = 100ms, .tls = 100ms, .first_byte = 20s});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "late");
}

TEST(HttpClient, SendsWhatItIsToldAndReadsTheAnswer) {
  const TinyServer server(ok("{\"id\":7}", "X-Seen: yes\r\nX-Seen: twice\r\nContent-Type: application/json\r\n"));
  const auto response = client()->send({}, {.method = "POST",
                                            .url = server.url("/a%20b?c=d"),
                                            .headers = {{"Content-Type", "application/json"}, {"X-One", "1"}},
                                            .authorization = token(),
                                            .body = "{}"});
  ASSERT_TRUE(response) << response.error().detail;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "{\"id\":7}");
  EXPECT_EQ(response->headers.count("x-seen"), 2U);
  EXPECT_EQ(response->headers.get_or("content-type"), "application/json");
  const std::string request = server.requests().at(0);
  EXPECT_THAT(request, AllOf(StartsWith("POST /a%20b?c=d HTTP/1.1\r\n"), HasSubstr("\r\nX-One: 1\r\n"),
                             HasSubstr("\r\nAuthorization: Bearer canary-5f2c\r\n"), HasSubstr("User-Agent: runbridge"),
                             HasSubstr("\r\nContent-Type: application/json\r\n"), EndsWith("\r\n\r\n{}")));
  EXPECT_THAT(request, Not(HasSubstr("Expect:")));
}

TEST(HttpClient, EveryMethodIsSentAsNamed) {
  const TinyServer server([](int fd, const std::string& request) {
    return send_all(fd, request.starts_with("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" : ok("12345"));
  });
  const auto shared = client();
  for (const char* method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    const auto response = shared->send({}, {.method = method, .url = server.url()});
    ASSERT_TRUE(response) << method << response.error().detail;
    EXPECT_THAT(server.requests().back(), StartsWith(std::string(method) + " / "));
    EXPECT_THAT(server.requests().back(), Not(HasSubstr("Content-Type")));
  }
  EXPECT_EQ(server.connections(), 1) << "an idle connection is used again";
}

TEST(HttpClient, AnInterimAnswerIsSkipped) {
  const TinyServer server("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n" + ok("x", "X-Late: 1\r\n"));
  const auto response = get(server.url());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_FALSE(response->headers.has("X-Early"));
  EXPECT_TRUE(response->headers.has("X-Late"));
}

TEST(HttpClient, ManyThreadsShareOneClient) {
  const TinyServer server([](int fd, const std::string&) { return send_all(fd, ok("x")); });
  const auto shared = client();
  std::vector<std::future<int>> calls;
  for (int i = 0; i < 16; ++i) {
    calls.push_back(std::async(std::launch::async, [&] {
      int good = 0;
      for (int n = 0; n < 10; ++n) good += shared->send({}, {.url = server.url()}).has_value() ? 1 : 0;
      return good;
    }));
  }
  for (auto& call : calls) EXPECT_EQ(call.get(), 10);
}

TEST(HttpClient, T_S03_ABlockedTargetIsNeverConnectedTo) {
  const TinyServer server(ok("x"));
  const auto strict = make_http_client(*OutboundPolicy::parse({}, {"127.0.0.1"}));
  const auto response = strict->send({}, {.url = server.url()});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::Code::kInvalid);
  EXPECT_THAT(response.error().message, HasSubstr("--outbound-allow 127.0.0.1:" + std::to_string(server.port())));
  EXPECT_EQ(server.connections(), 0);
}

TEST(HttpClient, T_S05_ANameThatLeadsToABlockedAddressIsNotConnectedTo) {
  const TinyServer server(ok("x"));
  const auto strict =
      make_http_client(OutboundPolicy::parse({}, {"git.test"})->with_resolver(resolves_to({"1.1.1.1", "127.0.0.1"})));
  EXPECT_EQ(strict->send({}, {.url = "http://git.test:" + std::to_string(server.port()) + "/"}).error().code,
            base::Code::kInvalid);
  EXPECT_EQ(server.connections(), 0);
}

TEST(HttpClient, T_S06_ANameIsLookedUpOncePerCallAndPinned) {
  const TinyServer server(ok("x"));
  // The second answer would be blocked; TTL 0 as an attacker's name server gives it.
  const auto resolver = std::make_shared<FakeResolver>([](const std::string&, int question) {
    return std::vector<std::string>{question == 1 ? "127.0.0.1" : "127.0.0.2"};
  });
  const auto pinned = make_http_client(local_policy().with_resolver(resolver));
  const std::string url = "http://git.test:" + std::to_string(server.port()) + "/";
  const auto response = pinned->send({}, {.url = url});
  ASSERT_TRUE(response) << response.error().detail;
  EXPECT_EQ(resolver->questions(), 1);
  EXPECT_THAT(server.requests().at(0), HasSubstr("\r\nHost: git.test:"));
  EXPECT_EQ(pinned->send({}, {.url = url}).error().code, base::Code::kInvalid) << "the next call checks anew";
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, T_S07_ARedirectIsAnAnswerAndIsNotFollowed) {
  const TinyServer target(ok("x"));
  const TinyServer server("HTTP/1.1 302 Found\r\nLocation: " + target.url() + "\r\nContent-Length: 0\r\n\r\n");
  const auto response = client()->send({}, {.url = server.url(), .authorization = token()});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(response->headers.get_or("Location"), target.url());
  EXPECT_EQ(target.connections(), 0);
}

TEST(HttpClient, T_S10_AnAnswerBeyondTheLimitIsRefused) {
  const TinyServer endless([](int fd, const std::string&) {
    send_all(fd, "HTTP/1.1 200 OK\r\n\r\n");
    const std::string block(1U << 16U, 'x');
    while (send_all(fd, block)) {
    }
    return false;
  });
  const auto response = get(endless.url());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::Code::kUpstream);
  EXPECT_THAT(response.error().message, HasSubstr("larger than 8192 KB"));
  const auto small = client()->send({}, {.url = endless.url(), .response_limit = 1024});
  EXPECT_THAT(small.error().message, HasSubstr("larger than 1 KB"));
}

TEST(HttpClient, T_S10_AHeadBeyondTheLimitIsRefused) {
  const TinyServer endless([](int fd, const std::string&) {
    send_all(fd, "HTTP/1.1 200 OK\r\n");
    while (send_all(fd, "X-Filler: " + std::string(1000, 'x') + "\r\n")) {
    }
    return false;
  });
  const auto response = get(endless.url());
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message, HasSubstr("larger than 64 KB"));
}

// 64 MB of zeros in 64 KB.
std::string gzip_bomb() {
  const auto directory = *base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "net-bomb");
  const std::string file = (directory.path() / "bomb.gz").string();
  EXPECT_EQ(std::system(("head -c 128M /dev/zero | gzip -9 >'" + file + "'").c_str()), 0);
  return *base::read_file(file, 1U << 20U);
}

TEST(HttpClient, T_S10_ACompressedBombIsMeasuredInflated) {
  const std::string bomb = gzip_bomb();
  ASSERT_LT(bomb.size(), 200'000U);
  const TinyServer server(ok(bomb, "Content-Encoding: gzip\r\n"));
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  const auto response = get(server.url());
  getrusage(RUSAGE_SELF, &after);
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message, HasSubstr("larger than 8192 KB"));
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 64 * 1024);
}

TEST(HttpClient, T_S10_WhatIsNotHttpIsATypedError) {
  for (const char* answer : {"garbage\r\n\r\n", "<html>sign in</html>", "HTTP/9.9 200 OK\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"}) {
    const TinyServer server{std::string(answer)};
    const auto response = get(server.url());
    ASSERT_FALSE(response) << answer;
    EXPECT_EQ(response.error().code, base::Code::kUpstream) << answer;
  }
}

base::Result<ClientResponse> timed(const std::string& url, std::chrono::milliseconds& took,
                                   std::chrono::milliseconds total = 60s) {
  const auto start = std::chrono::steady_clock::now();
  auto response = client(kShort)->send({}, {.url = url, .timeout = total});
  took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
  return response;
}

TEST(HttpClient, T_S11_AServerThatNeverAnswersIsLeftAtTheFirstByteLimit) {
  const TinyServer server([](int fd, const std::string&) {
    wait_for_close(fd);
    return false;
  });
  std::chrono::milliseconds took{};
  EXPECT_EQ(timed(server.url(), took).error().code, base::Code::kUnavailable);
  EXPECT_GE(took, 300ms);
  EXPECT_LT(took, 5s);
}

TEST(HttpClient, T_S11_ASilentTlsPortIsLeftAtTheHandshakeLimit) {
  const TinyServer server([](int, const std::string&) { return true; });  // reads, never answers
  std::chrono::milliseconds took{};
  const auto response = timed("https://127.0.0.1:" + std::to_string(server.port()) + "/", took);
  EXPECT_EQ(response.error().code, base::Code::kUnavailable);
  EXPECT_LT(took, 5s);
}

TEST(HttpClient, T_S11_ADrippingAnswerEndsAtTheTotalLimit) {
  const TinyServer server([](int fd, const std::string&) {
    send_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx");
    wait_for_close(fd);
    return false;
  });
  std::chrono::milliseconds took{};
  const auto response = timed(server.url(), took, 700ms);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::Code::kUnavailable);
  EXPECT_THAT(response.error().message, HasSubstr("did not end in time"));
  EXPECT_GE(took, 700ms);
  EXPECT_LT(took, 5s);
}

class WithEnvironment {
 public:
  WithEnvironment(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  ~WithEnvironment() { unsetenv(name_); }

 private:
  const char* name_;
};

TEST(HttpClient, T_S13_ProxiesOfTheEnvironmentAreIgnored) {
  const TinyServer proxy(ok("from the proxy")), server(ok("direct"));
  const WithEnvironment lower("http_proxy", proxy.url()), all("ALL_PROXY", proxy.url());
  EXPECT_EQ(get(server.url())->body, "direct");
  EXPECT_EQ(proxy.connections(), 0);
}

TEST(HttpClient, T_S13_AConfiguredProxyIsUsedExceptForItsExceptions) {
  const TinyServer proxy(ok("from the proxy")), server(ok("direct"));
  const auto shared = make_http_client(local_policy().with_resolver(resolves_to({"127.0.0.1"})));
  Endpoint endpoint{.proxy = proxy.url("")};
  EXPECT_EQ(shared->send(endpoint, {.url = server.url()})->body, "from the proxy");
  EXPECT_THAT(proxy.requests().at(0), StartsWith("GET " + server.url() + " HTTP/1.1\r\n"));
  endpoint.no_proxy = "example.com, 127.0.0.1";
  EXPECT_EQ(shared->send(endpoint, {.url = server.url()})->body, "direct");
}

TEST(HttpClient, T_S13_AProxyDoesNotOpenBlockedTargets) {
  const TinyServer proxy(ok("from the proxy"));
  const auto resolver = std::make_shared<FakeResolver>([](const std::string& host, int) {
    return std::vector<std::string>{host == "blocked.test" ? "10.0.0.1" : "127.0.0.1"};
  });
  const auto shared = make_http_client(local_policy().with_resolver(resolver));
  const Endpoint endpoint{.proxy = proxy.url("")};
  for (const char* url : {"http://blocked.test/", "https://169.254.169.254/", "https://10.0.0.1/"}) {
    EXPECT_EQ(shared->send(endpoint, {.url = url}).error().code, base::Code::kInvalid) << url;
  }
  EXPECT_EQ(proxy.connections(), 0);
}

TEST(HttpClient, T_S13_TheProxyItselfIsUnderThePolicy) {
  const TinyServer proxy(ok("x"));
  const auto strict = make_http_client(*OutboundPolicy::parse({}, {"1.1.1.1"}));
  const auto response = strict->send({.proxy = proxy.url("")}, {.url = "http://1.1.1.1/"});
  EXPECT_EQ(response.error().code, base::Code::kInvalid);
  EXPECT_EQ(proxy.connections(), 0);
}

TEST(HttpClient, AProxyNeverSeesTheTokenOfAnHttpsCall) {
  const TinyServer proxy("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  const auto named =
      client()->send({.proxy = proxy.url("")}, {.url = "https://127.0.0.1:9443/", .authorization = token()});
  ASSERT_FALSE(named);
  EXPECT_THAT(named.error().message, HasSubstr("refused to connect"));
  ASSERT_FALSE(proxy.requests().empty());
  for (const auto& request : proxy.requests())
    EXPECT_THAT(request, AllOf(StartsWith("CONNECT "), Not(HasSubstr("canary"))));
}

TEST(HttpClient, T_S14_NoErrorHoldsTheToken) {
  const TinyServer echo([](int fd, const std::string& request) {
    send_all(fd, "HTTP/1.1 200 canary-5f2c\r\nX: " + std::string(70'000, 'x') + request);
    return false;
  });
  const net_test::ClosedPort closed;
  const std::string urls[] = {echo.url(), "http://127.0.0.1:" + std::to_string(closed.port()) + "/",
                              "https://10.0.0.1/", "http://canary@h/"};
  for (const std::string& url : urls) {
    const auto response = client()->send({}, {.url = url, .authorization = token()});
    ASSERT_FALSE(response) << url;
    EXPECT_THAT(response.error().message + response.error().detail, Not(HasSubstr("canary")));
  }
}

TEST(HttpClient, T_S14_ATokenWithALineBreakIsRefusedUnseen) {
  const TinyServer server(ok("x"));
  const auto response =
      client()->send({}, {.url = server.url(), .authorization = base::Secret("Bearer canary\r\nX-Evil: 1")});
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message, AllOf(HasSubstr("line break"), Not(HasSubstr("canary"))));
  EXPECT_FALSE(client()->send({}, {.url = server.url(), .headers = {{"X", "a\nb"}}}));
  EXPECT_FALSE(client()->send({}, {.url = server.url(), .headers = {{"X: y\r\nZ", "a"}}}));
  EXPECT_FALSE(client()->send({}, {.method = "GET / HTTP/1.1\r\nX", .url = server.url()}));
  EXPECT_EQ(server.connections(), 0);
}

TEST(HttpClient, T_S15_ClosedFilteredAndUnknownReadTheSame) {
  const net_test::ClosedPort port;
  const std::string suffix = ":" + std::to_string(port.port()) + "/";
  const TinyServer silent([](int fd, const std::string&) {
    wait_for_close(fd);
    return false;
  });
  const auto unknown = make_http_client(local_policy().with_resolver(resolves_to({})));
  const auto closed = get("http://127.0.0.1" + suffix);
  const auto no_name = unknown->send({}, {.url = "http://git.test" + suffix});
  const auto no_answer = get(silent.url(), kShort);
  ASSERT_FALSE(closed || no_name || no_answer);
  const auto shape = [](const base::Error& error, const std::string& host) {
    EXPECT_EQ(error.code, base::Code::kUnavailable);
    return base::replace_all(error.message, host, "HOST");
  };
  const std::string expected = shape(closed.error(), "http://127.0.0.1" + suffix.substr(0, suffix.size() - 1));
  EXPECT_EQ(expected, shape(no_name.error(), "http://git.test" + suffix.substr(0, suffix.size() - 1)));
  EXPECT_EQ(expected, shape(no_answer.error(), silent.url("")));
}

TEST(HttpClient, NoCookieIsKeptOrSent) {
  const TinyServer server(
      [](int fd, const std::string&) { return send_all(fd, ok("x", "Set-Cookie: a=b; Path=/\r\n")); });
  const auto shared = client();
  ASSERT_TRUE(shared->send({}, {.url = server.url()}));
  ASSERT_TRUE(shared->send({}, {.url = server.url()}));
  EXPECT_THAT(server.requests().back(), Not(HasSubstr("Cookie")));
}

}  // namespace
}  // namespace net
