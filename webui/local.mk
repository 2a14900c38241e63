# webui
