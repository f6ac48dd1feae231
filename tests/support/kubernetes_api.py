"""What a Kubernetes API server does with service accounts, role bindings, token secrets and questions about rights, as
kubernetes.io describes it. The namespace tells what is wrong with it, and `diary` has every call that changes something.
"""

import base64
import json
import re
import threading

KINDS = {"serviceaccounts": "ServiceAccount", "secrets": "Secret", "rolebindings": "RoleBinding"}
PATH = re.compile(r"/(?:api/v1|apis/rbac\.authorization\.k8s\.io/v1)/namespaces/([a-z0-9-]+)/(\w+)(?:/([a-z0-9.-]+))?")
TOKEN_TYPE = "kubernetes.io/service-account-token"
OF_ACCOUNT = "kubernetes.io/service-account.name"


class Cluster:
    """`admin`: the bearer token of the kubeconfig. `token_of`: the token that an account gets, by its name."""

    def __init__(self, admin, token_of, authority="", note=lambda line: None):
        self.admin, self.token_of, self.authority, self.note = admin, token_of, authority, note
        self.objects, self.looks, self.diary = {}, {}, []
        self.lock = threading.Lock()

    def answer(self, method, path, body, bearer):
        with self.lock:
            status, document = self._answer(method, path, body, bearer)
            if method in ("POST", "DELETE") and PATH.fullmatch(path):
                self.diary.append(f"{method} {path} {status}")
                self.note(self.diary[-1])
            return status, document

    def _answer(self, method, path, body, bearer):
        if bearer != self.admin and bearer not in self._tokens():
            return self._failure(401, "Unauthorized", "Unauthorized")
        if path == "/version":
            return 200, {"major": "1", "minor": "29", "gitVersion": "v1.29.0"}
        if path.endswith("/selfsubjectaccessreviews"):
            wanted = json.loads(body)["spec"]["resourceAttributes"]["namespace"]
            return 201, {"kind": "SelfSubjectAccessReview", "status": {"allowed": self._may(bearer, wanted)}}
        found = PATH.fullmatch(path)
        if not found or found[2] not in KINDS:
            return self._failure(404, "NotFound", "the server could not find the requested resource")
        return self._resource(method, *found.groups(), body, bearer)

    def _resource(self, method, namespace, resource, name, body, bearer):
        if namespace == "missing" and method == "POST":
            return self._failure(404, "NotFound", 'namespaces "missing" not found')
        refused = {"forbidden": list(KINDS), "nobinding": ["rolebindings"], "nosecret": ["secrets"],
                   "keeps": ["secrets"]}.get(namespace, [])
        if resource in refused and (namespace != "keeps" or method == "DELETE"):
            verb = {"POST": "create", "GET": "get", "DELETE": "delete"}[method]
            return self._failure(403, "Forbidden", f'{resource} is forbidden: User "principal" cannot {verb} resource '
                                                   f'"{resource}" in the namespace "{namespace}" {bearer}')
        if namespace == "breaks" and resource == "rolebindings":
            return self._failure(500, "InternalError", "etcdserver: request timed out")
        if method == "POST":
            return self._create(namespace, resource, json.loads(body))
        key = (namespace, resource, name)
        if key not in self.objects:
            return self._failure(404, "NotFound", f'{resource} "{name}" not found')
        if method == "DELETE":
            del self.objects[key]
            if resource == "serviceaccounts":
                self._forget_tokens_of(namespace, name)
            return 200, {"kind": "Status", "metadata": {}, "status": "Success"}
        if resource == "secrets":
            self._fill(namespace, name)
        return 200, self.objects[key]

    def _create(self, namespace, resource, wanted):
        name = wanted["metadata"]["name"]
        if wanted["kind"] != KINDS[resource] or wanted["metadata"].get("namespace", namespace) != namespace:
            return self._failure(400, "BadRequest", "the object does not match the address")
        if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", name):
            return self._failure(422, "Invalid", f'metadata.name: Invalid value: "{name}"')
        for label in wanted["metadata"].get("labels", {}).values():
            if len(label) > 63:
                return self._failure(422, "Invalid", f'metadata.labels: Invalid value: "{label}"')
        if resource == "rolebindings" and not self._binds(namespace, wanted):
            return self._failure(422, "Invalid", "roleRef or subjects: Required value")
        key = (namespace, resource, name)
        if key in self.objects:
            return self._failure(409, "AlreadyExists", f'{resource} "{name}" already exists')
        self.objects[key] = wanted
        return 201, wanted

    @staticmethod
    def _binds(namespace, wanted):
        reference, subjects = wanted["roleRef"], wanted["subjects"]
        return (reference["apiGroup"] == "rbac.authorization.k8s.io" and reference["kind"] == "ClusterRole" and
                all(one["kind"] == "ServiceAccount" and one["namespace"] == namespace for one in subjects))

    def _fill(self, namespace, name):
        """The controller of the cluster does that a moment after the secret was made."""
        secret = self.objects[(namespace, "secrets", name)]
        account = secret["metadata"].get("annotations", {}).get(OF_ACCOUNT)
        looks = self.looks[(namespace, name)] = self.looks.get((namespace, name), 0) + 1
        if secret.get("type") != TOKEN_TYPE or (namespace, "serviceaccounts", account) not in self.objects:
            return
        if namespace == "tokenless" or looks < 2:
            return
        values = {"token": self.token_of(account), "ca.crt": self.authority, "namespace": namespace}
        secret["data"] = {key: base64.b64encode(text.encode()).decode() for key, text in values.items() if text}

    def _forget_tokens_of(self, namespace, account):
        for key in [key for key, one in self.objects.items() if key[:2] == (namespace, "secrets") and
                    one["metadata"].get("annotations", {}).get(OF_ACCOUNT) == account]:
            del self.objects[key]

    def _tokens(self):
        return {base64.b64decode(one["data"]["token"]).decode() for one in self.objects.values() if "data" in one}

    def _may(self, bearer, namespace):
        if bearer == self.admin:
            return namespace != "closed"
        return any(key[:2] == (namespace, "rolebindings") and
                   any(self.token_of(subject["name"]) == bearer for subject in one["subjects"])
                   for key, one in self.objects.items())

    @staticmethod
    def _failure(code, reason, message):
        return code, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
                      "reason": reason, "code": code}
