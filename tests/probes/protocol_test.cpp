#include <gmock/gmock.h>

#include "probes/amqp.h"
#include "probes/svn_words.h"
#include "probes/tds.h"
#include "tests/probes/world.h"

namespace {

using probes::SvnItem;
using probes::SvnRead;
using probes_test::everything;
using probes_test::kPassword;
using probes_test::kUser;
using probes_test::Service;
using probes_test::summary;
using probes_test::Texts;
using probes_test::Try;
using testing::HasSubstr;
using testing::Not;

TEST(SvnWords, AListIsReadWholeOrNotAtAll) {
  const std::string text = "( success ( 2 2 ( ) ( edit-pipeline 5:a b c ) ) ) rest";
  SvnItem item;
  std::size_t used = 0;
  ASSERT_EQ(probes::read_svn_item(text, item, used), SvnRead::kWhole);
  EXPECT_EQ(text.substr(used), "rest");
  EXPECT_TRUE(item.items[0].is_word("success"));
  EXPECT_EQ(item.items[1].items[3].items[1].text, "a b c");
  for (std::size_t cut = 0; cut < used; ++cut) {
    EXPECT_EQ(probes::read_svn_item(text.substr(0, cut), item, used = 0), SvnRead::kMore) << cut;
  }
}

TEST(SvnWords, WhatIsNotOfTheProtocolIsRefused) {
  SvnItem item;
  std::size_t used = 0;
  for (const std::string text : {"HTTP/1.1 200 OK\r\n", "( a)", "9999999999999999999999 ", "99999999:x", "-1 "}) {
    EXPECT_EQ(probes::read_svn_item(text, item, used), SvnRead::kBad) << text;
  }
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "( ";
  EXPECT_EQ(probes::read_svn_item(deep, item, used), SvnRead::kBad);
}

TEST(Amqp, ValuesSurviveWritingAndReading) {
  const std::string text = probes::amqp_described(
      probes::amqp::kOpen, probes::amqp_list({probes::amqp_text("id"), probes::amqp_null(), probes::amqp_uint(70'000),
                                              probes::amqp_bool(true),
                                              probes::amqp_map({probes::amqp_text("k"), probes::amqp_binary("v")})}));
  const auto frame = probes::read_amqp_frame(probes::amqp_frame(probes::AmqpFrame::Type::kAmqp, text, "tail"));
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->performative.number, probes::amqp::kOpen);
  EXPECT_EQ(frame->performative.at(0).text, "id");
  EXPECT_EQ(frame->performative.at(2).number, 70'000U);
  EXPECT_TRUE(frame->performative.at(3).truth);
  EXPECT_EQ(frame->performative.at(4).find("k")->text, "v");
  EXPECT_EQ(frame->payload, "tail");
  EXPECT_EQ(frame->performative.at(9).kind, probes::AmqpValue::Kind::kNull);
}

TEST(Tds, AnAnswerThatIsCutOffIsNone) {
  const std::string done("\xFD\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00", 13);
  EXPECT_TRUE(probes::read_tds_answer(done));
  EXPECT_FALSE(probes::read_tds_answer(done.substr(0, 9)));
  EXPECT_FALSE(probes::read_tds_answer("\x01"));
}

TEST(Tds, ThePasswordOfALogInIsNotInClear) {
  const auto message = probes::tds_login7({.username = "u", .database = "d", .password = base::Secret("abcdef")});
  EXPECT_THAT(message.reveal(), Not(HasSubstr("abcdef")));
  EXPECT_EQ(static_cast<unsigned char>(message.reveal()[0]), message.size());
}

Texts sql(const std::string& database, const std::string& password) {
  return {{"target", "Server=tcp:sql.test,1433;Database=" + database + ";Encrypt=True;Connection Timeout=30"},
          {"username", kUser},
          {"password", password}};
}

class SqlServer : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto options = probes_test::certificate_for("DNS:sql.test,DNS:node.sql.test");
    server_ = std::make_unique<Service>("tds", options);
    options["route"] = "11000";
    gateway_ = std::make_unique<Service>("tds", options);
    options = probes_test::certificate_for("DNS:sql.test");
    options["encrypt"] = "no";
    plain_ = std::make_unique<Service>("tds", options);
  }
  static void TearDownTestSuite() {
    server_.reset();
    gateway_.reset();
    plain_.reset();
  }
  static std::unique_ptr<Service> server_, gateway_, plain_;
};
std::unique_ptr<Service> SqlServer::server_, SqlServer::gateway_, SqlServer::plain_;

TEST_F(SqlServer, ALogInIsProvenOverTls) {
  const auto report = Try("azure_sql_db", "username_password", sql("inventory", kPassword)).at(*server_).run();
  EXPECT_EQ(summary(report), "ok") << everything(report);
}

TEST_F(SqlServer, EachRefusalHasItsOwnWordsAndNoPassword) {
  const auto wrong = Try("azure_sql_db", "username_password", sql("inventory", "not-it-at-all")).at(*server_).run();
  EXPECT_EQ(summary(wrong), "failed unauthorized");
  EXPECT_THAT(wrong.verdict.words, HasSubstr("Login failed for user 'ann'"));
  EXPECT_THAT(everything(wrong), Not(HasSubstr("not-it-at-all")));
  const auto blocked = Try("azure_sql_db", "username_password", sql("blocked", kPassword)).at(*server_).run();
  EXPECT_EQ(summary(blocked), "failed forbidden");
  const auto missing = Try("azure_sql_db", "username_password", sql("none", kPassword)).at(*server_).run();
  EXPECT_EQ(summary(missing), "failed not_found");
}

TEST_F(SqlServer, ARoutedLogInGoesWhereItIsSent) {
  const auto report = Try("azure_sql_db", "username_password", sql("inventory", kPassword))
                          .only_from(1433, gateway_->port())
                          .only_from(11000, server_->port())
                          .run();
  EXPECT_EQ(summary(report), "ok") << everything(report);
}

TEST_F(SqlServer, OneThatDoesNotEncryptGetsNoPassword) {
  const auto report = Try("azure_sql_db", "username_password", sql("inventory", kPassword)).at(*plain_).run();
  EXPECT_EQ(summary(report), "failed wrong_service") << everything(report);
}

Texts bus(const std::string& queue, const std::string& key) {
  return {{"queue_name", queue},
          {"connection_string",
           "Endpoint=sb://a.servicebus.windows.net/;SharedAccessKeyName=probe;SharedAccessKey=" + key}};
}

// Proton, the AMQP engine of Apache, is the other side; HTTPS is closed, so that AMQP has to prove it.
TEST(ServiceBus, AQueueIsProvenByAmqpAlone) {
  auto options = probes_test::certificate_for("DNS:*.servicebus.windows.net");
  options["shared"] = "c2hhcmVk";
  const Service broker("amqp", options);
  const auto run = [&](const Texts& values) {
    return Try("azure_service_bus", "connection_string", values).only_from(443, 1).only_from(5671, broker.port()).run();
  };
  const auto good = run(bus("orders", "c2hhcmVk"));
  EXPECT_EQ(summary(good), "ok") << everything(good);
  const auto wrong = run(bus("orders", "b3RoZXI="));
  EXPECT_EQ(summary(wrong), "failed unauthorized") << everything(wrong);
  const auto missing = run(bus("none", "c2hhcmVk"));
  EXPECT_EQ(summary(missing), "failed not_found") << everything(missing);
  const auto listens = run(bus("listen", "c2hhcmVk"));
  EXPECT_EQ(summary(listens), "ok_with_warning forbidden_warn") << everything(listens);
}

// A real broker takes everything as it is sent, up to the message itself; what it has under the name of the claims
// service is a queue, and that is what is said.
TEST(ServiceBus, ARealBrokerOfAnotherMakerIsNamedForWhatItLacks) {
  const Service broker("rabbitmq", probes_test::certificate_for("DNS:*.servicebus.windows.net"));
  const auto report = Try("azure_service_bus", "connection_string", bus("orders", "c2hhcmVk"))
                          .only_from(443, 1)
                          .only_from(5671, broker.port())
                          .run();
  EXPECT_EQ(summary(report), "failed wrong_service") << everything(report);
  EXPECT_THAT(everything(report), HasSubstr("claims service's answer has no status")) << everything(report);
}

}  // namespace
