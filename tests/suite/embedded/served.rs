//! The cluster as a server, for other programs.

use todo_agent::adapters::cluster::embedded::server;

#[tokio::test]
async fn a_server_is_found_reached_with_its_kubeconfig_and_ended() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_owned();
    assert_eq!((server::status(&path).await, server::stop(&path).await.unwrap()), (None, false));
    assert_eq!(
        server::kubeconfig(&path).unwrap_err().what,
        "the embedded cluster is not being served"
    );

    let folder = path.clone();
    let serving = tokio::spawn(async move { server::serve(&folder, 0).await });
    let mut address = None;
    for _ in 0..200 {
        address = server::status(&path).await;
        if address.is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    let address = address.unwrap();
    assert_eq!(
        server::serve(&path, 0).await.unwrap_err().what,
        "a server of this embedded cluster is already running"
    );

    let kubeconfig = kube::config::Kubeconfig::from_yaml(&server::kubeconfig(&path).unwrap()).unwrap();
    let config = kube::Config::from_custom_kubeconfig(kubeconfig.clone(), &Default::default())
        .await
        .unwrap();
    assert_eq!(config.cluster_url.to_string(), format!("https://127.0.0.1:{}/", address.port));
    let client = kube::Client::try_from(config).unwrap();
    assert_eq!(client.apiserver_version().await.unwrap().git_version, "v1.34.3");

    let mut stranger = kubeconfig;
    stranger.auth_infos[0].auth_info.as_mut().unwrap().token = Some("wrong".to_owned().into());
    let config = kube::Config::from_custom_kubeconfig(stranger, &Default::default()).await.unwrap();
    let refused = kube::Client::try_from(config).unwrap().apiserver_version().await.unwrap_err();
    assert!(matches!(refused, kube::Error::Api(ref status) if status.code == 401), "{refused:?}");

    assert!(server::stop(&path).await.unwrap());
    serving.await.unwrap().unwrap();
    assert_eq!(server::status(&path).await, None);
}

#[cfg(unix)]
#[test]
fn keys_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let _ = tokio::time::timeout(std::time::Duration::from_millis(800), server::serve(dir.path(), 0)).await;
    });
    for name in ["keys.json", "address.json"] {
        let mode = std::fs::metadata(dir.path().join("server").join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
