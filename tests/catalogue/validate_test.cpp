#include "catalogue/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "tests/support/connection_values.h"

namespace catalogue {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Catalogue& builtin() { return *Catalogue::builtin(); }

struct Pair {
  const Type* type;
  const Scheme* scheme;
};

std::vector<Pair> all_schemes() {
  std::vector<Pair> all;
  for (const Type& type : builtin().types()) {
    for (const Scheme& scheme : type.schemes) all.push_back({&type, &scheme});
  }
  return all;
}

std::vector<std::string> messages(const Checked& checked) {
  std::vector<std::string> out;
  for (const Problem& problem : checked.problems) out.push_back(problem.parameter + ": " + problem.message);
  return out;
}

class EveryScheme : public testing::TestWithParam<Pair> {
 protected:
  const Type& type() const { return *GetParam().type; }
  const Scheme& scheme() const { return *GetParam().scheme; }
  Checked create(const Given& given) const { return validate(builtin(), type(), scheme(), given, Mode::kCreate); }
};

TEST_P(EveryScheme, TakesGoodValues) {
  const Checked checked = create(test::good_values(type(), scheme()));
  EXPECT_THAT(messages(checked), IsEmpty());
  EXPECT_EQ(checked.target.text.find("canary"), std::string::npos);
  EXPECT_FALSE(checked.target.text.empty());
}

TEST_P(EveryScheme, RefusesEachMissingRequiredField) {
  for (const Parameter& parameter : scheme().parameters) {
    if (!parameter.required || parameter.default_value) continue;
    Given given = test::good_values(type(), scheme());
    given.values.erase(parameter.id);
    const Checked checked = create(given);
    ASSERT_EQ(checked.problems.size(), 1U) << parameter.id;
    EXPECT_EQ(checked.problems[0].parameter, parameter.id);
    EXPECT_EQ(checked.problems[0].pointer, "/data/attributes/parameters/" + parameter.id);
    EXPECT_THAT(checked.problems[0].message, HasSubstr(parameter.yaml_paths.front()));
  }
}

TEST_P(EveryScheme, KeepsSecretsApart) {
  const Checked checked = create(test::good_values(type(), scheme()));
  for (const Parameter& parameter : scheme().parameters) {
    EXPECT_EQ(checked.values.plain().contains(parameter.id) && parameter.secret, false) << parameter.id;
    EXPECT_EQ(checked.values.secrets().contains(parameter.id) && !parameter.secret, false) << parameter.id;
  }
}

TEST_P(EveryScheme, RefusesToChangeWhatCannotChange) {
  const Checked created = create(test::good_values(type(), scheme()));
  for (const Parameter& parameter : scheme().parameters) {
    if (!parameter.immutable || !created.values.has(parameter.id)) continue;
    Given given;
    given.values.emplace(parameter.id, base::Secret(std::string(created.values.text(parameter.id)) + "x"));
    if (!parameter.options.empty()) given.values.at(parameter.id) = base::Secret(parameter.options.back().value);
    if (parameter.input == Input::kBool) given.values.at(parameter.id) = base::Secret("false");
    const Checked checked = validate(builtin(), type(), scheme(), given, Mode::kUpdate, {.stored = &created.values});
    ASSERT_FALSE(checked.problems.empty()) << parameter.id;
    EXPECT_THAT(checked.problems[0].message, HasSubstr("Delete the connection and create it anew")) << parameter.id;
  }
}

TEST_P(EveryScheme, AnUpdateOfNothingChangesNothing) {
  Values stored = create(test::good_values(type(), scheme())).values;
  const auto secrets = stored.secrets();
  for (const auto& [id, secret] : secrets) stored.set_stored(id);
  const Checked checked = validate(builtin(), type(), scheme(), {}, Mode::kUpdate, {.stored = &stored});
  EXPECT_THAT(messages(checked), IsEmpty());
  EXPECT_THAT(checked.changed, IsEmpty());
}

TEST_P(EveryScheme, NoMessageHasASecretInIt) {
  for (const Parameter& parameter : scheme().parameters) {
    Given given = test::good_values(type(), scheme());
    if (!given.values.contains(parameter.id)) continue;
    given.values.at(parameter.id) = base::Secret("canary\x01 {{canary\n-----BEGIN canary");
    for (const std::string& message : messages(create(given))) {
      EXPECT_EQ(message.find("canary"), std::string::npos) << parameter.id << ": " << message;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryScheme, testing::ValuesIn(all_schemes()),
                         [](const auto& one) { return one.param.type->id + "_" + one.param.scheme->id; });

Given given_of(const std::map<std::string, std::string>& values) {
  Given given;
  for (const auto& [id, value] : values) given.values.emplace(id, base::Secret(value));
  return given;
}

Checked create(const char* type_name, const char* scheme, const std::map<std::string, std::string>& values) {
  const Type* type = builtin().find_type(type_name);
  return validate(builtin(), *type, *type->find_scheme(scheme), given_of(values), Mode::kCreate);
}

TEST(Validate, AllProblemsComeAtOnceInTheOrderOfTheForm) {
  const auto checked = create("jenkins", "username_password", {{"server_url", "ftp://x"}, {"passwrd", "x"}});
  EXPECT_THAT(messages(checked),
              ElementsAre(HasSubstr("no field \"passwrd\". Did you mean \"password\"?"),
                          HasSubstr("Enter a full http:// or https://"), HasSubstr("User name: It is needed"),
                          HasSubstr("Password: It is needed")));
}

TEST(Validate, DefaultsAreFilledInOnCreation) {
  const auto checked = create("ssh", "password", {{"host", "h.example.com"}, {"username", "u"}, {"password", "p"}});
  EXPECT_THAT(messages(checked), IsEmpty());
  EXPECT_EQ(checked.values.text("port"), "22");
  EXPECT_EQ(checked.target.text, "ssh://h.example.com:22");
}

TEST(Validate, AFieldIsNeededOnlyWhenItsConditionHolds) {
  const std::map<std::string, std::string> base = {{"cluster_endpoint", "tcp://c.example.com:19000"}};
  EXPECT_THAT(messages(create("service_fabric", "others", base)), ElementsAre(HasSubstr("cluster_spn")));
  auto without = base;
  without["use_windows_security"] = "FALSE";
  EXPECT_THAT(messages(create("service_fabric", "others", without)), IsEmpty());
  without["cluster_spn"] = "HTTP/x";
  EXPECT_THAT(messages(create("service_fabric", "others", without)),
              ElementsAre(HasSubstr("only applies when use_windows_security is true")));
}

TEST(Validate, PercentEncodedNamesAndPasswordsAreDecodedOnce) {
  const Type* type = builtin().find_type("generic");
  Given given = given_of({{"server_url", "https://x.example.com/%20"}, {"username", "a%40b"}, {"password", "%2540"}});
  given.url_encoded = true;
  auto checked = validate(builtin(), *type, type->schemes[0], given, Mode::kCreate);
  EXPECT_THAT(messages(checked), IsEmpty());
  EXPECT_EQ(checked.values.text("username"), "a@b");
  EXPECT_EQ(checked.values.secret("password")->reveal(), "%40");
  EXPECT_EQ(checked.values.text("server_url"), "https://x.example.com/%20");
  given.values.at("password") = base::Secret("100%");
  checked = validate(builtin(), *type, type->schemes[0], given, Mode::kCreate);
  EXPECT_THAT(messages(checked), ElementsAre(HasSubstr("begins no escape")));
}

TEST(Validate, ALineBreakInAPasswordIsRefusedButAFilesLastOneIsNot) {
  std::map<std::string, std::string> values = {
      {"server_url", "https://x.example.com"}, {"username", "u"}, {"password", "p\n"}};
  EXPECT_EQ(create("generic", "username_password", values).values.secret("password")->reveal(), "p");
  values["password"] = "p\nX: y";
  EXPECT_THAT(messages(create("generic", "username_password", values)), ElementsAre(HasSubstr("line break")));
}

TEST(Validate, AnEmptyOrBlankSecretOnUpdateKeepsTheOld) {
  const Type* type = builtin().find_type("generic");
  Values stored = create("generic", "username_password",
                         {{"server_url", "https://x.example.com"}, {"username", "u"}, {"password", "p"}})
                      .values;
  stored.set_stored("password");
  const auto checked =
      validate(builtin(), *type, type->schemes[0], given_of({{"password", ""}}), Mode::kUpdate, {.stored = &stored});
  EXPECT_THAT(messages(checked), IsEmpty());
  EXPECT_TRUE(checked.values.stored().contains("password"));
}

TEST(Validate, ClearingWhatIsNeededIsRefused) {
  const Type* type = builtin().find_type("generic");
  const Values stored = create("generic", "username_password",
                               {{"server_url", "https://x.example.com"}, {"username", "u"}, {"password", "p"}})
                            .values;
  Given given;
  given.cleared = {"password"};
  EXPECT_THAT(messages(validate(builtin(), *type, type->schemes[0], given, Mode::kUpdate, {.stored = &stored})),
              ElementsAre(HasSubstr("It is needed")));
}

TEST(Validate, AChoiceIsTakenInAnyCaseAndStoredAsListed) {
  const auto type = "api_key";
  auto checked =
      create(type, "api_key", {{"api_base", "https://x.example.com"}, {"api_key", "k"}, {"auth_header", "X-API-KEY"}});
  EXPECT_EQ(checked.values.text("auth_header"), "x-api-key");
  checked =
      create(type, "api_key", {{"api_base", "https://x.example.com"}, {"api_key", "k"}, {"auth_header", "cookie"}});
  EXPECT_THAT(messages(checked), ElementsAre(HasSubstr("Choose one of: bearer, api-key")));
}

TEST(Validate, ACertificateIsStoredAsPemHoweverItCame) {
  const std::string pem = test::identity().certificate;
  const std::string base64 = base::to_base64(pem);
  const auto checked = create("kubernetes", "service_account",
                              {{"server_url", "https://k.example.com"}, {"token", "t"}, {"certificate", base64}});
  EXPECT_THAT(messages(checked), IsEmpty());
  EXPECT_EQ(checked.values.text("certificate"), pem);
}

TEST(Validate, AKeyHasToBelongToItsCertificate) {
  std::map<std::string, std::string> values = {{"server_url", "tcp://d.example.com:2376"},
                                               {"ca_certificate", test::identity().certificate},
                                               {"certificate", test::identity().certificate},
                                               {"key", test::identity_without_password().key}};
  EXPECT_THAT(messages(create("docker_host", "certificate", values)), ElementsAre(HasSubstr("does not belong")));
}

TEST(Validate, APfxNeedsItsPassword) {
  std::map<std::string, std::string> values = {
      {"cluster_endpoint", "tcp://c.example.com:19000"},
      {"server_certificate_thumbprint", "00112233445566778899AABBCCDDEEFF00112233"},
      {"client_certificate", test::identity().pfx_base64},
      {"password", "another"}};
  EXPECT_THAT(messages(create("service_fabric", "certificate", values)), ElementsAre(HasSubstr("does not open")));
  values["client_certificate"] = "bm90IGEgcGZ4";
  EXPECT_THAT(messages(create("service_fabric", "certificate", values)), ElementsAre(HasSubstr("not a PKCS#12")));
  values["client_certificate"] = "%%%";
  EXPECT_THAT(messages(create("service_fabric", "certificate", values)), ElementsAre(HasSubstr("not Base64")));
}

TEST(Validate, AKubeconfigThatRunsAProgramOrPointsAtFilesIsRefused) {
  const auto with_user = [](const std::string& user) {
    return "clusters:\n- name: c\n  cluster: {server: \"https://k.example.com\"}\nusers:\n- name: u\n  user:\n    " +
           user + "\ncontexts:\n- name: x\n  context: {cluster: c, user: u}\n";
  };
  EXPECT_THAT(messages(create("kubernetes", "kubeconfig", {{"kubeconfig", with_user("token: t")}})), IsEmpty());
  EXPECT_THAT(messages(create("kubernetes", "kubeconfig", {{"kubeconfig", with_user("exec: {command: sh}")}})),
              ElementsAre(HasSubstr("users[].user.exec (line 7)")));
  EXPECT_THAT(messages(create("kubernetes", "kubeconfig", {{"kubeconfig", with_user("client-key: /root/key")}})),
              ElementsAre(HasSubstr("client-key (line 7)")));
  EXPECT_THAT(messages(create("kubernetes", "kubeconfig", {{"kubeconfig", "a: [1"}})),
              ElementsAre(HasSubstr("Line 1")));
  EXPECT_THAT(messages(create("kubernetes", "kubeconfig", {{"kubeconfig", with_user("token: t")}, {"context", "y"}})),
              ElementsAre(HasSubstr("no context of the name")));
}

TEST(Validate, ASqlTargetWithAPasswordOrWithoutEncryptionIsRefused) {
  for (const char* bad : {"Server=tcp:h,1433;Database=d;User ID=sa;Encrypt=True", "Server=tcp:h,1433;Database=d;pwd=x",
                          "Server=tcp:h,1433;Database=d;Encrypt=False"}) {
    EXPECT_THAT(messages(create("azure_sql_db", "sql_auth", {{"target", bad}, {"username", "u"}, {"password", "p"}})),
                ElementsAre(HasSubstr("without user or password")))
        << bad;
  }
}

TEST(Validate, ASnowflakeTargetNeedsItsParts) {
  const std::string target = "jdbc:snowflake://acme.snowflakecomputing.com/?db=D";
  EXPECT_THAT(
      messages(create("snowflake", "username_password", {{"target", target}, {"username", "u"}, {"password", "p"}})),
      ElementsAre(HasSubstr("Warehouse is missing")));
}

TEST(Validate, APersonalMicrosoftAccountIsRefused) {
  std::map<std::string, std::string> values = {{"subscription_id", "00000000-0000-0000-0000-00000000f001"},
                                               {"subscription_name", "s"},
                                               {"username", "me@Outlook.com"},
                                               {"password", "p"}};
  EXPECT_THAT(messages(create("azure_classic", "credentials", values)),
              ElementsAre(HasSubstr("personal Microsoft accounts")));
}

TEST(Validate, AnSshKeyWithAPassphraseNeedsIt) {
  EXPECT_THAT(
      messages(create("ssh", "private_key", {{"host", "h"}, {"username", "u"}, {"private_key", "ssh-ed25519 AAAA x"}})),
      ElementsAre(HasSubstr("public key")));
}

TEST(Validate, JsonGivesTextsNumbersAndNull) {
  std::vector<Problem> problems;
  const auto given =
      given_from_json(nlohmann::json::parse(R"({"a":"x","b":true,"c":22,"d":null,"e":[1]})"), "/p", problems);
  EXPECT_EQ(given.values.at("b").reveal(), "true");
  EXPECT_EQ(given.values.at("c").reveal(), "22");
  EXPECT_TRUE(given.cleared.contains("d"));
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].pointer, "/p/e");
}

TEST(Validate, NamesOfConnectionsAreChecked) {
  EXPECT_EQ(problem_of_name(builtin(), "azure-production (eu)"), "");
  for (const char* bad : {"", "-x", "a/b", "a\nb"}) EXPECT_NE(problem_of_name(builtin(), bad), "") << bad;
  EXPECT_NE(problem_of_name(builtin(), std::string(65, 'a')), "");
}

TEST(Validate, UnknownNamesComeWithASuggestion) {
  EXPECT_THAT(unknown_type(builtin(), "kubernets").message, HasSubstr("\"kubernetes\"?"));
  EXPECT_THAT(unknown_scheme(*builtin().find_type("git"), "patt").message, HasSubstr("\"pat\"?"));
}

}  // namespace
}  // namespace catalogue
