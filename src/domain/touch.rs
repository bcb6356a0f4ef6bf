//! What a call touches beside what its class says.

use super::risk::Call;

impl Call {
    /// It takes away who is asked before something changes: what they forbid passes from then on.
    #[must_use]
    pub fn takes_a_guard(&self) -> bool {
        let guards = matches!(
            (self.group.as_str(), self.resource.as_str()),
            ("admissionregistration.k8s.io" | "apiregistration.k8s.io", _) | ("policy" | "extensions", "podsecuritypolicies")
        );
        guards && matches!(self.verb.as_str(), "delete" | "deletecollection")
    }

    /// It puts containers into a pod that is there. They run something, and the pod keeps them: it is a change as well.
    #[must_use]
    pub fn adds_containers(&self) -> bool {
        let of_pods = self.group.is_empty() && self.resource == "pods" && self.subresource == "ephemeralcontainers";
        of_pods && matches!(self.verb.as_str(), "update" | "patch")
    }

    /// The answer has the values of a Secret in it, whatever was asked: also that to a change, and to one that is only tried.
    #[must_use]
    pub fn shows_a_secret(&self) -> bool {
        self.group.is_empty() && self.resource == "secrets" && self.verb != "create"
    }

    /// It makes or sets an object that says what runs in pods.
    #[must_use]
    pub fn makes_pods(&self) -> bool {
        let kind = (self.group.as_str(), self.resource.as_str());
        let of_pods = matches!(
            kind,
            ("apps" | "batch", _) | ("", "pods" | "podtemplates" | "replicationcontrollers")
        );
        of_pods && self.sets_objects()
    }

    /// Of an object that it makes or sets, containers may get more of their node: what is in it says so, and where that is not known it may
    /// be anything. Besides pods, their volumes and devices and the rules of their namespace; and what somebody else makes of an object of theirs.
    #[must_use]
    pub fn may_reach_nodes(&self) -> bool {
        let beside = self.group.is_empty() && matches!(self.resource.as_str(), "namespaces" | "persistentvolumes");
        let devices = self.group == "resource.k8s.io";
        self.makes_pods() || self.adds_containers() || ((beside || devices || !self.is_builtin()) && self.sets_objects())
    }

    fn sets_objects(&self) -> bool {
        self.subresource.is_empty() && matches!(self.verb.as_str(), "create" | "update" | "patch")
    }

    /// Where its server keeps to `dryRun`, it does so for this: subresources that act do not.
    #[must_use]
    pub fn can_be_tried(&self) -> bool {
        let tries = matches!(self.subresource.as_str(), "" | "scale" | "status") || self.adds_containers();
        !self.resource.is_empty() && tries
    }
}
