#include "catalogue/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace catalogue {
namespace {

using testing::Contains;
using testing::Pair;

TargetText split(const char* type, std::string_view text) {
  return split_target(*Catalogue::builtin()->find_type(type), text);
}

TargetText assembled(const char* type, const char* scheme, const std::map<std::string, std::string>& plain) {
  const Type* found = Catalogue::builtin()->find_type(type);
  Values values;
  for (const auto& [id, text] : plain) values.set(id, text);
  return assemble_target(*Catalogue::builtin(), *found, *found->find_scheme(scheme), values);
}

TEST(Target, AnAddressHasItsParts) {
  const auto target = split("generic", "https://user@service.example.com:8443/a/b?x=1%202&y#z");
  EXPECT_EQ(target.origin, "https://service.example.com:8443");
  EXPECT_EQ(target.scheme, "https");
  EXPECT_EQ(target.host, "service.example.com");
  EXPECT_EQ(target.port, "8443");
  EXPECT_EQ(target.hostport, "service.example.com:8443");
  EXPECT_EQ(target.path, "/a/b");
  EXPECT_THAT(target.query, Contains(Pair("x", "1 2")));
  EXPECT_THAT(target.query, Contains(Pair("y", "")));
}

TEST(Target, AnIpv6HostLosesItsBrackets) {
  const auto target = split("generic", "https://[2001:db8::1]:8443/");
  EXPECT_EQ(target.host, "2001:db8::1");
  EXPECT_EQ(target.port, "8443");
  EXPECT_EQ(target.hostport, "[2001:db8::1]:8443");
}

TEST(Target, GitsShortFormIsSsh) {
  const auto target = split("git", "git@git.example.com:team/repo.git");
  EXPECT_EQ(target.scheme, "ssh");
  EXPECT_EQ(target.host, "git.example.com");
  EXPECT_EQ(target.path, "/team/repo.git");
}

TEST(Target, SnowflakesPartsComeFromHostAndQuery) {
  const auto target = split("snowflake", "jdbc:snowflake://acme-eu.snowflakecomputing.com/?db=SALES&warehouse=WH");
  EXPECT_EQ(target.host, "acme-eu.snowflakecomputing.com");
  EXPECT_THAT(target.parts, Contains(Pair("account", "acme-eu")));
  EXPECT_THAT(target.parts, Contains(Pair("database", "SALES")));
  EXPECT_THAT(target.parts, Contains(Pair("role", "PUBLIC")));
  EXPECT_THAT(split("snowflake", "jdbc:snowflake://acme.snowflakecomputing.cn/?db=A").parts,
              Contains(Pair("account", "acme")));
}

TEST(Target, TheParserOfSqlConnectionStringsFindsServerPortAndDatabase) {
  const auto target = split("azure_sql_db", "Server=tcp:sql01.example.com,1433;Database=inventory;Encrypt=True");
  EXPECT_THAT(target.parts, Contains(Pair("server", "sql01.example.com")));
  EXPECT_THAT(target.parts, Contains(Pair("port", "1433")));
  EXPECT_THAT(target.parts, Contains(Pair("database", "inventory")));
  EXPECT_EQ(target.host, "sql01.example.com");
  EXPECT_EQ(target.port, "1433");
}

TEST(Target, OneIsMadeFromItsParts) {
  EXPECT_EQ(assembled("ssh", "password", {{"host", "build01.example.com"}, {"port", "2222"}}).text,
            "ssh://build01.example.com:2222");
  EXPECT_EQ(assembled("ssh", "password", {{"host", "2001:db8::1"}, {"port", "22"}}).host, "2001:db8::1");
}

TEST(Target, AzuresComesFromTheEnvironment) {
  EXPECT_EQ(assembled("azure_rm", "managed_identity", {{"environment", "AzureChinaCloud"}}).text,
            "https://management.chinacloudapi.cn/");
  EXPECT_EQ(assembled("azure_rm", "managed_identity",
                      {{"environment", "AzureStack"}, {"server_url", "https://stack.example.com"}})
                .text,
            "https://stack.example.com");
}

TEST(Target, TheServiceBusHostComesFromTheConnectionStringAndNothingElseOfIt) {
  const Type* type = Catalogue::builtin()->find_type("azure_service_bus");
  Values values;
  values.set("queue_name", "jobs");
  values.set_secret("connection_string",
                    base::Secret("Endpoint=sb://bus.example.com/;SharedAccessKeyName=a;SharedAccessKey=canary="));
  EXPECT_EQ(assemble_target(*Catalogue::builtin(), *type, type->schemes[0], values).text, "sb://bus.example.com/jobs");
}

TEST(Target, FixedOnesAreFixed) { EXPECT_EQ(assembled("github", "pat", {}).text, "https://github.com"); }

}  // namespace
}  // namespace catalogue
